//! A server that answers what a test wants, where no real one can be had to do so.

use flate2::read::GzDecoder;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Method and path with its query.
    pub(super) line: String,
    pub(super) headers: Vec<String>,
    /// The body, unpacked.
    pub(super) body: String,
}

/// What is answered: status, headers, body.
pub(super) type Answer = (u16, Vec<String>, String);

/// The server; its thread ends with the test.
pub(super) struct Double {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Double {
    /// `answer` is asked for each request; none leaves the client without an answer.
    pub(super) fn new(mut answer: impl FnMut(&Asked) -> Option<Answer> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut unanswered = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(asked) = read(&stream) else { continue };
                list.lock().unwrap().push(asked.clone());
                match answer(&asked) {
                    None => unanswered.push(stream),
                    Some((status, headers, body)) => {
                        let headers = headers.iter().fold(String::new(), |all, h| all + h + "\r\n");
                        let length = body.len();
                        let _gone = write!(
                            stream,
                            "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: \
                             {length}\r\n\r\n{body}"
                        )
                        .is_err();
                    }
                }
            }
        });
        Self { url, asked }
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        headers.push(header.trim().to_lowercase());
    }
    let length = headers.iter().find_map(|h| h.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |l| l.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let mut text = String::new();
    if headers.iter().any(|h| h == "content-encoding: gzip") && !body.is_empty() {
        GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body).unwrap();
    }
    Some(Asked { line: line.trim().to_owned(), headers, body: text })
}
