//! ECR: repositories and the images in them, and rules of pull-through caches. No layers: a manifest is a text with a digest.
//!
//! In a world that is not closed tasks find every image, in a repository or
//! not, but those that the image book calls missing.
//!
//! Ledger: O100, O124.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::Millis;
use super::dispatch::{Operation, reads, writes};
use super::page::{Order, page};
use super::surroundings::hex_digest;
use super::tags::{self, Tag, Tags};
use super::wire::{AwsError, Outcome, parse};
use super::world::World;
pub(crate) use rules::CacheRules;

pub(crate) const OPERATIONS: &[Operation] = &[
    writes("CreatePullThroughCacheRule", rules::create),
    writes("CreateRepository", create_repository),
    reads("DescribeImages", describe_images),
    reads("DescribePullThroughCacheRules", rules::describe),
    writes("PutImage", put_image),
];

/// The repositories of the Region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ecr {
    /// By name.
    pub repositories: BTreeMap<String, Repository>,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// By digest.
    pub images: BTreeMap<String, Image>,
    /// When it was created.
    pub created: Millis,
    /// Tags of the repository.
    pub tags: Tags,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Its tags; one tag is of one image of a repository.
    pub tags: BTreeSet<String>,
    /// When it was pushed.
    pub pushed: Millis,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageId {
    image_tag: Option<String>,
    image_digest: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    registry_id: Option<String>,
    repository_name: String,
    image_manifest: Option<String>,
    image_tag: Option<String>,
    image_ids: Option<Vec<ImageId>>,
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Ecr {
    /// Is there such an image? By digest, else by tag, else `latest`.
    pub(crate) fn has(&self, repository: &str, tag: Option<&str>, digest: Option<&str>) -> bool {
        // A digest decides alone, whatever tag stands beside it.
        let tag = tag.filter(|_| digest.is_none());
        let id = ImageId { image_tag: tag.map(str::to_owned), image_digest: digest.map(str::to_owned) };
        self.repositories.get(repository).is_some_and(|repository| repository.find(&id).is_some())
    }

    /// The digest that a tag, or else `latest`, leads to.
    pub(crate) fn digest(&self, repository: &str, tag: Option<&str>) -> Option<&str> {
        let id = ImageId { image_tag: tag.map(str::to_owned), image_digest: None };
        let (digest, _) = self.repositories.get(repository)?.find(&id)?;
        Some(digest)
    }
}

impl Repository {
    fn find(&self, id: &ImageId) -> Option<(&String, &Image)> {
        let tag = id.image_tag.as_deref().or(id.image_digest.is_none().then_some("latest"));
        let fits = |digest: &String, image: &Image| {
            id.image_digest.as_ref().is_none_or(|wanted| wanted == digest)
                && tag.is_none_or(|tag| image.tags.contains(tag))
        };
        self.images.iter().find(|(digest, image)| fits(digest, image))
    }
}

fn create_repository(world: &mut World, input: &Value) -> Outcome {
    let Input { repository_name, tags, .. } = parse(input)?;
    let tags = tags::merged(&Tags::new(), &tags)
        .map_err(|fault| AwsError::new("InvalidTagParameterException", fault.to_string()))?;
    let (place, created) = (world.place().clone(), world.now());
    if world.ecr.repositories.contains_key(&repository_name) {
        let message = format!(
            "The repository with name '{repository_name}' already exists in the registry with id '{}'",
            place.account
        );
        return Err(AwsError::new("RepositoryAlreadyExistsException", message));
    }
    let view = json!({
        "repositoryArn": place.arn("ecr", &format!("repository/{repository_name}")),
        "registryId": place.account,
        "repositoryName": repository_name,
        "repositoryUri": format!("{}.dkr.ecr.{}.amazonaws.com/{repository_name}", place.account, place.region),
        "createdAt": created.epoch_seconds(),
    });
    world.ecr.repositories.insert(repository_name, Repository { images: BTreeMap::new(), created, tags });
    Ok(json!({"repository": view}))
}

fn put_image(world: &mut World, input: &Value) -> Outcome {
    let Input { registry_id, repository_name, image_manifest, image_tag, .. } = parse(input)?;
    let pushed = world.now();
    let account = world.place().account.clone();
    check_registry(world, registry_id.as_deref(), &repository_name)?;
    let no_repository = || no_such_repository(&account, &repository_name);
    let repository = world.ecr.repositories.get_mut(&repository_name).ok_or_else(no_repository)?;
    let manifest = image_manifest.unwrap_or_default();
    let digest = format!("sha256:{}", hex_digest(&manifest));
    let held = repository.images.get(&digest);
    if held.is_some_and(|held| image_tag.as_ref().is_none_or(|tag| held.tags.contains(tag))) {
        let tag = image_tag.map_or_else(String::new, |tag| format!(" and tag '{tag}'"));
        let message = format!(
            "Image with digest '{digest}'{tag} already exists in the repository with name '{repository_name}' in registry \
             with id '{account}'"
        );
        return Err(AwsError::new("ImageAlreadyExistsException", message));
    }
    if let Some(tag) = &image_tag {
        for image in repository.images.values_mut() {
            image.tags.remove(tag);
        }
    }
    let image = repository.images.entry(digest.clone()).or_insert(Image { tags: BTreeSet::new(), pushed });
    image.tags.extend(image_tag.clone());
    let mut id = json!({"imageDigest": digest});
    if let Some(tag) = image_tag {
        id["imageTag"] = json!(tag);
    }
    let image =
        json!({"registryId": account, "repositoryName": repository_name, "imageId": id, "imageManifest": manifest});
    Ok(json!({"image": image}))
}

fn describe_images(world: &mut World, input: &Value) -> Outcome {
    let Input { registry_id, repository_name, image_ids, max_results, next_token, .. } = parse(input)?;
    let account = &world.place().account;
    check_registry(world, registry_id.as_deref(), &repository_name)?;
    let no_repository = || no_such_repository(account, &repository_name);
    let repository = world.ecr.repositories.get(&repository_name).ok_or_else(no_repository)?;
    let found = match image_ids {
        None => repository.images.iter().collect(),
        Some(ids) => ids
            .iter()
            .map(|id| repository.find(id).ok_or_else(|| no_such_image(account, &repository_name, id)))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let entries = found.into_iter().map(|(digest, image)| {
        let view = json!({
            "registryId": account,
            "repositoryName": repository_name,
            "imageDigest": digest,
            "imageTags": image.tags,
            "imagePushedAt": image.pushed.epoch_seconds(),
        });
        (digest.clone(), view)
    });
    let listing = format!("DescribeImages {repository_name}");
    let page = page(&listing, entries, Order::Ascending, next_token.as_deref(), max_results.unwrap_or(100))
        .map_err(|_| AwsError::new("InvalidParameterException", "Invalid parameter at 'nextToken'"))?;
    let mut output = json!({"imageDetails": page.items});
    if let Some(next) = page.next {
        output["nextToken"] = json!(next);
    }
    Ok(output)
}

/// Other accounts have nothing here.
fn check_registry(world: &World, registry: Option<&str>, repository: &str) -> Result<(), AwsError> {
    match registry {
        Some(other) if *other != world.place().account => Err(no_such_repository(other, repository)),
        _ => Ok(()),
    }
}

fn no_such_repository(registry: &str, name: &str) -> AwsError {
    let message = format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
    AwsError::new("RepositoryNotFoundException", message)
}

fn no_such_image(registry: &str, repository: &str, id: &ImageId) -> AwsError {
    let text = |part: &Option<String>| part.as_deref().map_or_else(|| "null".to_owned(), |part| format!("'{part}'"));
    let message = format!(
        "The image with imageId {{imageDigest:{}, imageTag:{}}} does not exist within the repository with name \
         '{repository}' in the registry with id '{registry}'",
        text(&id.image_digest),
        text(&id.image_tag)
    );
    AwsError::new("ImageNotFoundException", message)
}
