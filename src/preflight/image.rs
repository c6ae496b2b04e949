//! Is the image there? Asked of ECR, for registries of this account alone.

use super::draft::{Because, Draft, Known};
use super::finding::Code;
use super::startup::Startup;
use super::words;
use crate::model::id::Region;
use crate::model::path::Path;
use crate::model::survey::{Image, Question};

/// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`, its FIPS sibling `dkr.ecr-fips`, or the
/// dual-stack `<account>.dkr-ecr.<region>.on.aws`; `None` for other registries.
pub(super) fn in_ecr(image: &str) -> Option<Image> {
    let (host, rest) = image.split_once('/')?;
    let labels: Vec<&str> = host.split('.').collect();
    let (registry, region) = match labels.as_slice() {
        [account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", ..]
        | [account, "dkr-ecr" | "dkr-ecr-fips", region, "on", "aws"] => (*account, *region),
        _ => return None,
    };
    let (tagged, digest) = rest.split_once('@').map_or((rest, None), |(tagged, digest)| (tagged, Some(digest)));
    let (repository, tag) = tagged.split_once(':').map_or((tagged, None), |(name, tag)| (name, Some(tag)));
    Some(Image {
        registry: registry.to_owned(),
        region: Region::new(region),
        repository: repository.to_owned(),
        // ECS resolves a digest, whatever the tag beside it says.
        tag: tag.filter(|_| digest.is_none()).map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for container in startup.revision.containers() {
        let path = Path::of("containerDefinitions").element(container.name()).member("image");
        let site = draft.site(&startup.target, path, &startup.affected);
        let text = container.image();
        // Others own it, and what they have set it to is not known.
        if text.is_empty() {
            continue;
        }
        let what = format!("the image {text}");
        let own = draft.inquiry.observed.scope.account.as_str();
        let Some(image) = in_ecr(text).filter(|image| image.registry == own) else {
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
