//! Is the image there? Asked of ECR, for registries of this account alone. Where a pull-through cache would bring it, nobody
//! looks behind the cache; but the role must be allowed to import.

use std::collections::BTreeMap;

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::permission::{Need, Own, ask, refuse, unsure};
use super::role::Judged;
use super::startup::Startup;
use super::words;
use crate::model::arn::Arn;
use crate::model::grant::Grant;
use crate::model::image::{Image, is_cached};
use crate::model::survey::Question;

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for container in startup.revision.containers() {
        let site = draft.site(&startup.target, container.path().member("image"), &startup.affected);
        let text = container.image();
        // Others own it, and what they have set it to is not known.
        if text.is_empty() {
            continue;
        }
        let Some(image) = own(draft, text) else {
            draft.unsure(&site, &shown(text), "only images in ECR of this account are looked for");
            continue;
        };
        if !is_gone(draft, &site, &image, text) {
            continue;
        }
        match cache(draft, &site, &image, text) {
            Known::There(prefix) => {
                let why = format!("what is behind the pull-through cache {prefix} is not looked for");
                draft.unsure(&site, &shown(text), &why);
            }
            Known::Gone => {
                let because = Because {
                    message: format!("there is no image {text}"),
                    ecs: words::image(text, "not found"),
                    help: "push it, or correct the image; a lifecycle policy of the repository may have removed it"
                        .to_owned(),
                };
                draft.find(&site, Code::ImageMissing, false, because);
            }
            Known::Nothing => {}
        }
    }
}

/// ECR imports an image that is not there yet in the name of who pulls it. The policy of the registry or of the repository may
/// let the role do that as well.
pub(super) fn import(draft: &mut Draft<'_>, role: &Judged, site: &Site, text: &str, repository: &Arn) {
    let Some(image) = own(draft, text).filter(|image| is_gone(draft, site, image, text)) else { return };
    let Known::There(prefix) = cache(draft, site, &image, text) else { return };
    for action in Grant::<Arn>::ImportImage(repository.clone()).actions() {
        let need = Need {
            site: site.clone(),
            actions: vec![action],
            resource: repository.to_string(),
            shown: repository.to_string(),
            context: BTreeMap::new(),
            what: format!("to pull {text} through the cache {prefix}"),
            planned: false,
        };
        match ask(draft, role, &need) {
            Some(said @ Own::Denied(_)) => {
                let denied = words::denied(&role.arn, action, &need.shown);
                refuse(draft, role, &need, said, words::image(text, &denied));
            }
            Some(Own::Silent(_) | Own::Unsure) => {
                let why = format!(
                    "the policy of the registry may allow it, and is not read; `grants: [{{pullThrough: {prefix}}}]` of \
                     its ExecutionRole does"
                );
                unsure(draft, role, &need, &why);
            }
            Some(Own::Allowed) | None => {}
        }
    }
}

/// An image of the account's own registry.
fn own(draft: &Draft<'_>, text: &str) -> Option<Image> {
    let own = draft.inquiry.observed.scope.account.as_str();
    Image::in_ecr(text).filter(|image| image.registry == own)
}

fn is_gone(draft: &mut Draft<'_>, site: &Site, image: &Image, text: &str) -> bool {
    let question = Question::Image(image.clone());
    matches!(draft.look(site, &shown(text), question, |seen| seen.image(image)), Known::Gone)
}

/// The prefix of the pull-through cache that would bring an image.
fn cache<'a>(draft: &mut Draft<'a>, site: &Site, image: &Image, text: &str) -> Known<&'a str> {
    let question = Question::Caches(image.region.clone());
    let what = format!("whether a pull-through cache brings {}", shown(text));
    match draft.look(site, &what, question, |seen| seen.caches(&image.region)) {
        Known::There(prefixes) => prefixes
            .iter()
            .find(|prefix| is_cached(prefix, &image.repository))
            .map_or(Known::Gone, |prefix| Known::There(prefix.as_str())),
        Known::Gone | Known::Nothing => Known::Nothing,
    }
}

fn shown(image: &str) -> String {
    format!("the image {image}")
}
