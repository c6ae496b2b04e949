//! Secrets and roles: names that are ARNs, names that mislead, fields that have no effect.

use super::super::node::Node;
use super::Findings;
use super::arns::{self, PARAMETER, SECRET};
use super::key_span;

/// What encrypts a secret, and each of its copies. A key is of one Region, and a copy is encrypted in its own: of a
/// multi-Region key it is the one of that set there (KMS developer guide, multi-Region keys).
pub(super) fn keys(spec: &Node, found: &mut Findings<'_>) {
    for key in spec.at("kmsKeyId") {
        arns::key(key, found);
    }
    for copy in spec.at("replicas[]") {
        let (Some(key), Some(region)) = (copy.get("kmsKeyId"), copy.get("region").and_then(Node::text)) else {
            continue;
        };
        let of = key.text().and_then(|text| text.strip_prefix("arn:")?.split(':').nth(2));
        if let (true, Some(of)) = (arns::key(key, found), of.filter(|of| *of != region)) {
            let message = format!("this key is of {of}, and the copy is in {region}");
            found.wrong(&key.span, message, format!("name a key of {region}, by its ARN there, its id or its alias"));
        }
    }
}

pub(super) fn secret(document: &Node, spec: &Node, found: &mut Findings<'_>) {
    let written = spec.get("secretName");
    let Some(place) = written.or_else(|| document.at("metadata.name").first().copied()) else { return };
    let Some(text) = place.text() else { return };
    if text.starts_with("arn:") {
        if arns::arn(text, &SECRET, &place.span, found) && text.split(':').count() > 7 {
            let help = "end it after the name; the key goes into the reference: `secretRef: {name: …, key: …}`";
            found.wrong(&place.span, "the ARN of a secret has 7 fields", help);
        }
        return;
    }
    if text.contains(':') {
        let help = "give the name of a secret, or its full ARN";
        return found.wrong(&place.span, "a name of a secret has no colon", help);
    }
    // A service of AWS made it, and refuses other writers (SM-SVC); of its tags that is not sure.
    let managed = spec.entries().find(|(key, _)| !["secretName", "value"].contains(&key.text.as_str()));
    if let (true, Some((field, _))) = (text.contains('!'), managed) {
        let help = "leave the other fields out: it can be referred to, and not managed";
        let message =
            "a secret with `!` in its name is managed by a service of AWS, and evenkeel changes nothing of it";
        found.wrong(&field.span, message, help);
    }
    // Source: API model of Secrets Manager, CreateSecret.Name.
    let bytes = text.as_bytes();
    let suffix = bytes.len() > 7
        && bytes[bytes.len() - 7] == b'-'
        && bytes[bytes.len() - 6..].iter().all(u8::is_ascii_alphanumeric);
    if suffix && written.is_some() {
        let help = "Secrets Manager takes the end for the random part of an ARN: choose another name for a new secret";
        found.doubt(&place.span, "the name ends in a hyphen and six characters", help);
    }
}

pub(super) fn role(spec: &Node, found: &mut Findings<'_>) {
    let mode = spec.get("mode").and_then(Node::text).unwrap_or("ManageRole");
    if mode == "Observe" {
        for (key, _) in spec.entries().filter(|(key, _)| ["grants", "narrow"].contains(&key.text.as_str())) {
            let message = format!("`{}` has no effect with `mode: Observe`", key.text);
            found.wrong(&key.span, message, "leave it out, or choose ManageRole or ManagePolicy");
        }
    }
    for key in spec.at("grants[].decrypt.key") {
        if key.text().is_some_and(|text| text.contains("alias/aws/")) {
            let help = "leave it out: whoever may read what stands under AWS's own key may use that key for it";
            found.wrong(&key.span, "this key is AWS's own, which needs no grant", help);
        }
        arns::key(key, found);
    }
    for grant in spec.at("grants[]") {
        let Some((place, text)) = grant.get("parameter").and_then(|place| Some((place, place.text()?))) else {
            continue;
        };
        if text.starts_with("arn:") {
            arns::arn(text, &PARAMETER, &place.span, found);
        } else if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/*?".contains(c)) {
            let help = "give the parameter's name or its ARN";
            found.wrong(&place.span, "a parameter's name takes letters, digits and any of _.-/", help);
        }
    }
    for (member, _) in spec.entries().filter(|(key, _)| {
        mode != "ManageRole" && ["permissionsBoundary", "managedPolicyArns"].contains(&key.text.as_str())
    }) {
        let message = format!("`{}` needs `mode: ManageRole`", member.text);
        found.wrong(key_span(spec, &member.text), message, "leave it out, or let evenkeel manage the whole role");
    }
}
