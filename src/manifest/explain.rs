//! What a validator says of a document, in words for people: each mistake where it stands, with what to write instead.
//!
//! Knows the keywords of JSON Schema, and of ECS only what people confuse.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use serde_json::Value;

use super::diagnostic::{Diagnostic, closest};
use super::mask::Hidden;
use super::node::{Key, Node, Tree};
use super::{advice, mask, pasted, schema};

/// The keyword of a schema that says in words what a pattern takes. Editors show it too.
pub(super) const WORDS: &str = "patternErrorMessage";

/// A document, and what it is held against.
pub(super) struct Written<'w> {
    pub(super) file: &'w str,
    pub(super) root: &'w Node,
    pub(super) schema: &'w Value,
    pub(super) hidden: &'w Hidden<'w>,
}

/// Reports one finding of the validator.
pub(super) fn report(document: &Written<'_>, error: &ValidationError<'_>, out: &mut Vec<Diagnostic>) {
    let Written { file, root, schema, hidden: _ } = *document;
    let pointer = error.instance_path().to_string();
    let (key, node) = find(root, &pointer);
    // The parser does not say where nothing stands.
    let span = key.filter(|_| matches!(node.tree, Tree::Null)).map_or(&node.span, |key| &key.span);
    let rule = around(schema, error.schema_path().as_str());
    let name = called(&pointer);
    let wrong = |message: String| Diagnostic::error(file, span, message);
    let found = match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let all = everywhere(schema);
            let pasted = pasted(rule, node, unexpected);
            let said = pasted.map_or(unexpected.as_slice(), |(member, _)| std::slice::from_ref(member));
            return out.extend(said.iter().map(|member| unknown(document, &all, node, rule, member)));
        }
        // A map that takes no member at all: the validator names none of them.
        Kind::FalseSchema => {
            let all = everywhere(schema);
            let members = node.entries().map(|(key, _)| key.text.as_str());
            return out.extend(members.map(|member| unknown(document, &all, node, rule, member)));
        }
        // Of the alternatives, the one of the same type is what was meant.
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let of_other_type = |errors: &&Vec<ValidationError<'_>>| {
                errors.iter().any(|e| matches!(e.kind(), Kind::Type { .. }) && e.instance_path().to_string() == pointer)
            };
            match context.iter().find(|errors| !of_other_type(errors)) {
                None => wrong(format!("{name} cannot be {}", kind_of(node))),
                Some(meant) => return meant.iter().for_each(|error| report(document, error, out)),
            }
        }
        Kind::Required { property } => {
            let member = super::text_of(property);
            let missing =
                Diagnostic::error(file, key.map_or(span, |key| &key.span), format!("missing field `{member}`"));
            match required(&member) {
                Some(help) => missing.help(help),
                None => missing,
            }
        }
        Kind::Type { kind: TypeKind::Single(one) } if one.to_string() == "integer" && is_number(node) => {
            wrong(format!("{name} must be a whole number")).help("write it without a fraction")
        }
        Kind::Type { kind } => {
            let found = wrong(format!("{name} must be {}, not {}", wanted(kind), kind_of(node)));
            match &node.tree {
                Tree::Null => found.help(advice::EMPTY),
                Tree::Text(_) | Tree::Number(_) | Tree::Bool(_) => match small_map(rule) {
                    Some(fields) => found.help(format!("write `{fields}`")),
                    None => found,
                },
                Tree::List(_) | Tree::Map(_) => found,
            }
        }
        Kind::Enum { options } => {
            let words: Vec<String> = options.as_array().into_iter().flatten().map(super::text_of).collect();
            one_of(wrong, &name, node, &words.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Kind::Constant { expected_value } => wrong(format!("{name} must be `{}`", super::text_of(expected_value))),
        Kind::Pattern { pattern } => match (rule.get(WORDS).and_then(Value::as_str), words_of(pattern)) {
            (Some(words), _) => wrong(format!("{name} {words}")),
            (None, Some(words)) => one_of(wrong, &name, node, &words),
            (None, None) => wrong(format!("{name} must match {pattern}")),
        },
        Kind::Minimum { .. } => wrong(format!("{name} must be {}", bounds(rule, "maximum"))),
        Kind::Maximum { .. } => wrong(format!("{name} must be {}", bounds(rule, "minimum"))),
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } => wrong(format!("{name} must not be empty")),
        Kind::MinLength { limit } => wrong(format!("{name} has fewer than {limit} characters")),
        Kind::MaxLength { limit } => wrong(format!("{name} has more than {limit} characters")),
        Kind::MinItems { limit } => wrong(format!("{name} has fewer than {limit} elements")),
        Kind::MinProperties { limit: 1 } | Kind::MaxProperties { limit: 1 } => {
            let known: Vec<&str> = members(rule).map(|(name, _)| name.as_str()).collect();
            let help = if node.entries().next().is_none() { "write one of them" } else { "take the others away" };
            wrong(format!("{name} takes exactly one of {}", listed(&known))).help(help)
        }
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            let wrong = wrong(format!("{name} has more than {limit} elements"));
            if name == "`tags`" { wrong.help("AWS takes 50, and evenkeel writes up to 4 of its own") } else { wrong }
        }
        Kind::PropertyNames { error } => {
            let key = error.instance().as_str().and_then(|text| node.key(text));
            let words = rule.get("propertyNames").unwrap_or(rule).get(WORDS);
            let said = match (error.kind(), words) {
                (Kind::MaxLength { limit }, _) => format!("a key of {name} has more than {limit} characters"),
                (Kind::Pattern { .. }, Some(Value::String(words))) => format!("a key of {name} {words}"),
                _ => format!("a key of {name} must not be empty"),
            };
            Diagnostic::error(file, key.map_or(span, |key| &key.span), said)
        }
        Kind::UniqueItems => wrong(format!("{name} has an element twice")),
        _ => wrong(format!("{name}: {}", error.masked())),
    };
    if found.help.is_some() {
        return out.push(found);
    }
    let words = rule.get("propertyNames").unwrap_or(rule).get(WORDS);
    out.push(found.help(advice::of(error.kind(), words.and_then(Value::as_str))));
}

fn one_of(wrong: impl Fn(String) -> Diagnostic, name: &str, node: &Node, words: &[&str]) -> Diagnostic {
    let found = wrong(format!("{name} must be one of {}", listed(words)));
    match node.text().and_then(|text| closest(text, words.iter().copied())) {
        Some(word) => found.help(format!("did you mean `{word}`?")),
        None => found,
    }
}

/// The words of a pattern that is nothing but words.
fn words_of(pattern: &str) -> Option<Vec<&str>> {
    let words = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '|';
    words.chars().all(plain).then(|| words.split('|').collect())
}

/// Is the field only missing because it is misspelt, or pasted along with what it stood in, which is said already?
pub(super) fn is_said(root: &Node, schema: &Value, error: &ValidationError<'_>, all: &[ValidationError<'_>]) -> bool {
    let Kind::Required { property } = error.kind() else { return false };
    let missing = super::text_of(property);
    let rule = around(schema, error.schema_path().as_str());
    let (_, node) = find(root, &error.instance_path().to_string());
    let here = all.iter().filter(|other| other.instance_path() == error.instance_path());
    let mut unknown = here.filter_map(|other| match other.kind() {
        Kind::AdditionalProperties { unexpected } => Some(unexpected),
        _ => None,
    });
    let known: Vec<&str> = members(rule).map(|(name, _)| name.as_str()).collect();
    let means = |member: &String| closest(member, known.iter().copied()) == Some(missing.as_str());
    unknown.any(|unexpected| unexpected.iter().any(means) || pasted(rule, node, unexpected).is_some())
}

/// A field that does not stand here: is it misspelt, at the wrong place, or from elsewhere?
fn unknown(document: &Written<'_>, all: &[(&str, String)], node: &Node, rule: &Value, member: &str) -> Diagnostic {
    let known: Vec<&str> = members(rule).map(|(name, _)| name.as_str()).collect();
    let key = node.key(member);
    let span = key.map_or(&node.span, |key| &key.span);
    let shown = key.map_or_else(|| mask::name(member), |key| document.hidden.key(key, known.iter().copied()));
    let found = Diagnostic::error(document.file, span, format!("unknown field `{shown}`"));
    if let Some(help) = pasted::as_a_whole(node, member, &known).or_else(|| elsewhere(member, &known)) {
        return found.help(help);
    }
    let mut homes = all.iter().filter(|(name, _)| *name == member).map(|(_, place)| place);
    if let (Some(place), true) = (homes.next(), homes.count() < 2) {
        return found.help(format!("it is a field of `{place}`"));
    }
    if let Some(word) = closest(member, known.iter().copied()) {
        return found.help(format!("did you mean `{word}`?"));
    }
    // Spelt right, and a field of several others: none of them is nearer than what is known here.
    let others = all.iter().map(|(name, _)| *name).filter(|_| !all.iter().any(|(name, _)| *name == member));
    let near = closest(member, others).filter(|name| name.len().abs_diff(member.len()) < 3);
    match near.and_then(|near| all.iter().find(|(name, _)| *name == near)) {
        Some((name, place)) => found.help(format!("did you mean `{name}`, a field of `{place}`?")),
        None if known.is_empty() => found.help("take it out"),
        None if known.len() <= 10 => found.help(format!("known here: {}", listed(&known))),
        None => found.help("`evenkeel schema KIND` prints every field"),
    }
}

/// Every field of a document's schema, and in what it stands.
fn everywhere(schema: &Value) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    match schema.pointer("/properties/spec") {
        Some(spec) => fields(spec, "spec", &mut all),
        None => fields(schema, "the document", &mut all),
    }
    all
}

/// Every field of a schema, and in what it stands.
fn fields<'s>(schema: &'s Value, at: &str, out: &mut Vec<(&'s str, String)>) {
    for (name, inside) in members(schema) {
        out.push((name, at.to_owned()));
        let at = if at == "spec" || at == "the document" { name.clone() } else { format!("{at}.{name}") };
        fields(inside, &at, out);
        if let Some(items) = inside.get("items") {
            fields(items, &format!("{at}[]"), out);
        }
    }
}

fn members(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// The member by which one sees that an answer of AWS is pasted as a whole: all else that is wrong there follows from it.
fn pasted<'u>(rule: &Value, node: &Node, unexpected: &'u [String]) -> Option<(&'u String, String)> {
    let known: Vec<&str> = members(rule).map(|(name, _)| name.as_str()).collect();
    unexpected.iter().find_map(|member| Some((member, pasted::as_a_whole(node, member, &known)?)))
}

/// Fields that people bring from elsewhere, and what takes their place here.
fn elsewhere(member: &str, known: &[&str]) -> Option<String> {
    let other = match member {
        "taskDefinition" | "taskDefinitionArn" if known.contains(&"taskDefinitionRef") => {
            return Some("use `taskDefinitionRef: {name: …}`, the name of a TaskDefinition".into());
        }
        "forceNewDeployment" => return Some("evenkeel deploys when content changes; nothing forces it".into()),
        "clientToken" => return Some("evenkeel makes its own".into()),
        "namespace" if !known.contains(&"services") => {
            return Some("there are no namespaces: an installation works in one account and Region".into());
        }
        "secretString" | "secretBinary" | "SecretString" | "stringData" => {
            return Some("no value stands in a manifest: see `value` for where it can come from".into());
        }
        // Kubernetes' habit; ECS and IAM have a word for each.
        "name" => ["secretName", "roleName", "family", "serviceName"].into_iter().find(|own| known.contains(own))?,
        "env" => "environment",
        "ports" => "portMappings",
        "args" => "command",
        "replicas" => "desiredCount",
        "envFrom" => "environmentFiles",
        _ => return None,
    };
    let whose = match other {
        "secretName" | "roleName" => "here",
        _ => "in ECS",
    };
    known.contains(&other).then(|| format!("{whose} it is `{other}`"))
}

/// What to write where a field is missing and its name does not say it.
fn required(member: &str) -> Option<&'static str> {
    Some(match member {
        "taskDefinitionRef" => "write `taskDefinitionRef: {name: …}`, the name of a TaskDefinition",
        "containerDefinitions" => "a task needs at least one container: `containerDefinitions: [{name: …, image: …}]`",
        "metadata" => "write `metadata: {name: …}`",
        "spec" => "write `spec: {}` where every field has its default",
        "image" => "write `image: REPOSITORY:TAG`",
        "valueFrom" => "write `valueFrom`, or `secretRef: {name: …}` for a Secret of these manifests",
        _ => return None,
    })
}

/// Follows a JSON pointer to the node, and to the key that it stands behind.
pub(super) fn find<'n>(root: &'n Node, pointer: &str) -> (Option<&'n Key>, &'n Node) {
    let mut at = (None, root);
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let next = match &at.1.tree {
            Tree::Map(_) => at.1.get(&name).map(|node| (at.1.key(&name), node)),
            Tree::List(elements) => {
                name.parse().ok().and_then(|index: usize| elements.get(index)).map(|node| (None, node))
            }
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// The schema in which the keyword stands that was not followed.
fn around<'s>(schema: &'s Value, keyword: &str) -> &'s Value {
    let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
    schema.pointer(parent).unwrap_or(&Value::Null)
}

/// What stands at a pointer, as a subject: a field by its name, an element by its list's.
fn called(pointer: &str) -> String {
    let mut names = pointer.rsplit('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
    match (names.next(), names.next()) {
        (Some(index), Some(list)) if index.parse::<usize>().is_ok() => format!("an element of `{}`", mask::name(&list)),
        (Some(name), Some(_)) => format!("`{}`", mask::name(&name)),
        _ => "the document".to_owned(),
    }
}

/// What a number may be. Where the bound on the other side is only the end of a type, it goes without saying.
fn bounds(rule: &Value, other: &str) -> String {
    let bound = |name: &str| rule.get(name).filter(|end| name != other || !schema::is_end_of_a_type(end));
    match (bound("minimum"), bound("maximum")) {
        (Some(low), Some(high)) => format!("between {low} and {high}"),
        (Some(low), None) => format!("at least {low}"),
        (None, Some(high)) => format!("at most {high}"),
        (None, None) => "another number".to_owned(),
    }
}

fn listed(words: &[impl AsRef<str>]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

fn wanted(kind: &TypeKind) -> String {
    let TypeKind::Single(one) = kind else { return "of another type".to_owned() };
    match one.to_string().as_str() {
        "string" => "a text".into(),
        "object" => "a map".into(),
        "array" => "a list".into(),
        "boolean" => "true or false".into(),
        "integer" => "a whole number".into(),
        other => format!("a {other}"),
    }
}

/// A map of few fields, as it is written, such as a reference to another manifest. One of which all can be left out is a choice.
fn small_map(rule: &Value) -> Option<String> {
    rule["required"].as_array().filter(|names| !names.is_empty())?;
    let fields: Vec<String> = members(rule).map(|(name, _)| format!("{name}: …")).collect();
    (1..=FEW).contains(&fields.len()).then(|| format!("{{{}}}", fields.join(", ")))
}

/// So many fields can be read in a sentence.
const FEW: usize = 3;

fn is_number(node: &Node) -> bool {
    matches!(node.tree, Tree::Number(_))
}

fn kind_of(node: &Node) -> &'static str {
    match &node.tree {
        Tree::Null => "empty",
        Tree::Bool(_) => "true or false",
        Tree::Number(_) => "a number",
        Tree::Text(_) => "a text",
        Tree::List(_) => "a list",
        Tree::Map(_) => "a map",
    }
}
