//! Requests as any client makes them.

use serde_json::Value;
use ureq::Agent;
use ureq::Body;
use ureq::http::Response;

/// A client with a token.
#[derive(Clone)]
pub(crate) struct Http {
    agent: Agent,
    base: String,
    token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
}

impl Answer {
    fn of(mut response: Response<Body>) -> Self {
        let header = response.headers().get("content-type");
        let content_type = header.map_or("", |h| h.to_str().unwrap()).to_owned();
        Self {
            status: response.status().as_u16(),
            content_type,
            text: response.body_mut().read_to_string().unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e} in {}", self.text))
    }

    /// The stable code of a problem; checks that it is told as one.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.content_type, "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Http {
    pub(crate) fn new(base: String, token: &str) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.into(), base, token: token.to_owned() }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// GET under `/api/v1`.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.page(&format!("/api/v1{path}"))
    }

    /// GET of any page.
    pub(crate) fn page(&self, path: &str) -> Answer {
        let request = self.agent.get(format!("{}{path}", self.base));
        Answer::of(
            request.header("Authorization", format!("Bearer {}", self.token)).call().unwrap(),
        )
    }

    /// GET under `/api/v1` that must succeed.
    pub(crate) fn ok(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    /// POST of JSON under `/api/v1`.
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.send(path, "application/json", body)
    }

    /// POST under `/api/v1`.
    pub(crate) fn send(&self, path: &str, kind: &str, body: &str) -> Answer {
        let request = self.agent.post(format!("{}/api/v1{path}", self.base));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        Answer::of(request.header("Content-Type", kind).send(body).unwrap())
    }
}
