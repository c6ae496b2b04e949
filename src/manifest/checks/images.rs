//! Images as Docker reads them: a registry, a repository in lower case, a tag, a digest. ECS hands the text on as it is, so that
//! one that cannot be read is registered, and no task starts. Source: the grammar of github.com/distribution/reference; API
//! model, ContainerDefinition.image.

use super::super::node::Node;
use super::Findings;

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    for image in spec.at("containerDefinitions[].image") {
        if let Some((message, help)) = image.text().and_then(wrong) {
            found.wrong(&image.span, message, help);
        }
    }
}

fn wrong(image: &str) -> Option<(&'static str, &'static str)> {
    if image.contains("://") {
        return Some((
            "an image has no `https://` before it",
            "begin with the registry, as in `registry.example.com/web:1`",
        ));
    }
    let tagged = image.split_once('@').map_or(image, |(tagged, _)| tagged);
    // What stands before the first slash is a registry where it looks like one.
    let is_registry =
        |name: &str| name == "localhost" || name.contains(['.', ':']) || name.contains(char::is_uppercase);
    let rest = match tagged.split_once('/') {
        Some((host, rest)) if is_registry(host) => rest,
        _ => tagged,
    };
    let (repository, tag) = rest.split_once(':').map_or((rest, None), |(name, tag)| (name, Some(tag)));
    if tag.is_some_and(|tag| !is_tag(tag)) {
        let help = "write one tag, as in `web:1.2`: up to 128 letters, digits and any of _.-";
        return Some(("Docker cannot read the tag of this image", help));
    }
    if repository.contains(char::is_uppercase) {
        return Some(("the repository of an image is in lower case", "write it in lower case"));
    }
    // The API takes `#`, which Docker's grammar does not have: what becomes of it is not said.
    let is_part = |part: &str| {
        let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '#');
        ends_well(part.chars().next()) && ends_well(part.chars().last())
    };
    if !repository.split('/').all(is_part) {
        let help = "each part between slashes begins and ends with a letter or a digit, as in `shop/web`";
        return Some(("Docker cannot read the repository of this image", help));
    }
    None
}

fn is_tag(tag: &str) -> bool {
    let begins = tag.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    begins && tag.len() <= 128 && tag.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
}
