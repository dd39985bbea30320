//! The camp: its site file and its assets with their points.

use super::ApiState;
use super::auth::Reader;
use super::error::Problem;
use actix_web::get;
use actix_web::web::{Data, Json};
use camp_solver::site::{NotHonoured, Site};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The camp as its file states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(super) struct SiteView {
    /// The variant in use.
    #[schema(example = "H")]
    pub variant: Option<String>,
    /// Rules that are stated and not honoured yet.
    pub not_honoured: Vec<NotHonoured>,
    /// The site file.
    pub site: Site,
}

/// An asset with its points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(super) struct Asset {
    /// `kind.id`.
    #[schema(example = "genset.g1")]
    pub asset: String,
    /// Its kind.
    #[schema(example = "genset")]
    pub kind: String,
    /// Its points, as they stand in payloads and paths.
    #[schema(example = json!(["genset.g1.power_kw", "genset.g1.is_running"]))]
    pub points: Vec<String>,
    /// Second names of its points.
    pub aliases: BTreeMap<String, String>,
}

/// The camp as its site file states it
#[utoipa::path(
    tag = "site",
    responses(
        (status = 200, description = "The camp", body = SiteView),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/site")]
pub(super) async fn site(state: Data<ApiState>, _reader: Reader) -> Json<SiteView> {
    let file = &state.live.file;
    Json(SiteView {
        variant: file.variant.clone(),
        not_honoured: file.site.not_honoured(),
        site: file.site.clone(),
    })
}

/// Every asset with its points
#[utoipa::path(
    tag = "site",
    responses(
        (status = 200, description = "The assets", body = Vec<Asset>),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
    ),
)]
#[get("/assets")]
pub(super) async fn assets(state: Data<ApiState>, _reader: Reader) -> Json<Vec<Asset>> {
    let points = &state.live.file.points;
    let mut assets: BTreeMap<String, Asset> = BTreeMap::new();
    for (_, point) in points.iter() {
        let name = format!("{}.{}", point.kind, point.id);
        let asset = assets.entry(name.clone()).or_insert_with(|| Asset {
            asset: name,
            kind: point.kind.to_owned(),
            points: Vec::new(),
            aliases: BTreeMap::new(),
        });
        asset.points.push(point.to_string());
    }
    for (alias, name) in points.aliases() {
        let owner = name.rsplit_once('.').map(|(asset, _)| asset).unwrap_or_default();
        if let Some(asset) = assets.get_mut(owner) {
            asset.aliases.insert(alias.clone(), name.clone());
        }
    }
    Json(assets.into_values().collect())
}
