//! Is the image there? Asked of ECR, for registries of this account alone.

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::Startup;
use super::words;
use crate::model::image::Image;
use crate::model::survey::Question;

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for container in startup.revision.containers() {
        let site = draft.site(&startup.target, container.path().member("image"), &startup.affected);
        let text = container.image();
        // Others own it, and what they have set it to is not known.
        if text.is_empty() {
            continue;
        }
        let what = format!("the image {text}");
        let own = draft.inquiry.observed.scope.account.as_str();
        let Some(image) = Image::in_ecr(text).filter(|image| image.registry == own) else {
            draft.unsure(&site, &what, "only images in ECR of this account are looked for");
            continue;
        };
        let question = Question::Image(image.clone());
        if let Known::Gone = draft.look(&site, &what, question, |seen| seen.image(&image)) {
            let because = Because {
                message: format!("there is no image {text}"),
                ecs: words::image(text, "not found"),
                help: "push it, or correct the image; a lifecycle policy of the repository may have removed it"
                    .to_owned(),
            };
            draft.find(&site, Code::ImageMissing, false, because);
        }
    }
}
