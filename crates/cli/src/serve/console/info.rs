//! `GET /_ui/info`: what the console has to know before anything else.

use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use super::with_status;
use crate::serve::aws::Aws;
use crate::serve::http::answers::Answer;
use crate::serve::options::Settings;

pub struct About {
    pub account: String,
    pub region: String,
    /// What tasks call: `aws`, or an endpoint; None: nobody.
    pub aws: Option<String>,
}

impl About {
    pub fn new(account: &str, aws: &Aws, settings: &Settings) -> About {
        About {
            account: account.to_owned(),
            region: aws.config.region().to_owned(),
            aws: match aws.unavailable {
                Some(_) => None,
                None if aws.is_real() => Some("aws".to_owned()),
                None => Some(aws.described(settings)),
            },
        }
    }
}

/// Of a server that wants people to sign in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginInfo {
    /// Who is signed in.
    pub user: Option<String>,
    pub has_users: bool,
}

pub fn info(about: &About, login: Option<LoginInfo>) -> Answer {
    let body = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "account": about.account,
        "region": about.region,
        "login": login,
        "aws": about.aws,
    });
    with_status(StatusCode::OK, body.to_string())
}
