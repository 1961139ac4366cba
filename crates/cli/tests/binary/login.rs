//! Signing in to the console of a server that wants signatures.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::serving::{JSON, Served};
use crate::support::Folder;
use crate::terminal::Terminal;

const PASSWORD: &str = "correct horse";

fn folder() -> Folder {
    let folder = Folder::new();
    let keys = "[ci]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n";
    folder.write("keys.ini", keys);
    folder
}

fn serve(folder: &Folder) -> Served {
    Served::start(folder, &["--credentials", "keys.ini"])
}

/// `stepwright users …`
#[track_caller]
fn users(folder: &Folder, arguments: &[&str], input: &str) -> String {
    let command = ["users", "--data", "data"].iter().chain(arguments);
    let outcome = folder.command(command).stdin(input).go().exits(0);
    outcome.stdout
}

fn add(folder: &Folder, name: &str) {
    users(folder, &["add", name, "--password-stdin"], PASSWORD);
}

struct Answered {
    status: u16,
    head: String,
    body: String,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

/// A request of the console's page.
fn ask(server: &Served, method: &str, path: &str, headers: &str, body: &str) -> Answered {
    let host = &server.address;
    let length = body.len();
    let answer = server.raw(&format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answered {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

fn sign_in(server: &Served, user: &str, password: &str, headers: &str) -> Answered {
    let body = json!({ "user": user, "password": password }).to_string();
    let headers = format!("Content-Type: application/json\r\n{headers}");
    ask(server, "POST", "/_ui/login", &headers, &body)
}

/// The `Cookie` header that a browser would send.
#[track_caller]
fn session(server: &Served, user: &str) -> String {
    let answered = sign_in(server, user, PASSWORD, "");
    assert_eq!(answered.status, 204, "{}", answered.body);
    let set = answered.head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("set-cookie").then_some(value)
    });
    let set = set.unwrap();
    for wanted in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(wanted), "{set}");
    }
    assert!(!set.contains("Secure"), "{set}");
    format!("Cookie: other=1; {}\r\n", set.split(';').next().unwrap())
}

fn list(server: &Served, headers: &str) -> (u16, Value) {
    let headers = format!("{JSON}X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n{headers}");
    let answered = ask(server, "POST", "/", &headers, "{}");
    (answered.status, answered.json())
}

fn user(server: &Served, cookie: &str) -> Value {
    ask(server, "GET", "/_ui/info", cookie, "").json()["login"].take()
}

#[test]
fn a_session_may_do_what_a_signature_may() {
    let folder = folder();
    let server = serve(&folder);
    assert_eq!(
        user(&server, ""),
        json!({ "user": null, "hasUsers": false })
    );
    add(&folder, "ada");
    assert_eq!(user(&server, ""), json!({ "user": null, "hasUsers": true }));
    let origin = format!("Origin: http://{}\r\n", server.address);

    let refused = ask(&server, "GET", "/_ui/state-machines", "", "");
    assert_eq!(
        (refused.status, refused.json()["error"].clone()),
        (401, json!("SignInRequired"))
    );
    let (status, body) = list(&server, &origin);
    assert_eq!(
        (status, body["__type"].clone()),
        (401, json!("SignInRequired"))
    );
    // Who is no browser has a signature to give.
    assert_ne!(list(&server, "").1["__type"], "SignInRequired");

    let cookie = session(&server, "ada");
    assert_eq!(user(&server, &cookie)["user"], "ada");
    assert_eq!(
        ask(&server, "GET", "/_ui/state-machines", &cookie, "").status,
        200
    );
    let own = format!("{cookie}{origin}");
    assert_eq!(list(&server, &own).0, 200);
    // Pages of others, which a browser may hand the cookie to.
    for other in [
        cookie.clone(),
        format!("{cookie}Origin: http://127.0.0.1:1\r\n"),
        format!("{own}Sec-Fetch-Site: same-site\r\n"),
        format!("{own}Sec-Fetch-Site: cross-site\r\n"),
    ] {
        assert_eq!(list(&server, &other).0, 403, "{other}");
    }
    let same_site = format!("{cookie}Sec-Fetch-Site: same-site\r\n");
    assert_eq!(
        ask(&server, "GET", "/_ui/executions", &same_site, "").status,
        403
    );

    let headers = format!("{own}{JSON}X-Amz-Target: AWSStepFunctions.CreateActivity\r\n");
    assert_eq!(
        ask(&server, "POST", "/", &headers, "{\"name\": \"a\"}").status,
        200
    );
    // Who signs in again leaves no session behind.
    let again = format!("{cookie}X-Forwarded-Proto: https\r\n");
    let answered = sign_in(&server, "ada", PASSWORD, &again);
    assert!(answered.head.contains("; Secure"), "{}", answered.head);
    assert_eq!(user(&server, &cookie)["user"], Value::Null);
}

#[test]
fn a_stranger_is_refused_before_sending_much() {
    let folder = folder();
    add(&folder, "ada");
    let server = serve(&folder);
    let announced = "Content-Length: 4000000\r\nContent-Type: application/json\r\n";
    for (method, path, status) in [("PUT", "/_ui/drafts/d", 401), ("POST", "/_ui/login", 413)] {
        let mut stream = server.connect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{announced}\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
    }
}

#[test]
fn sessions_outlive_the_server_and_end_with_the_user() {
    let folder = folder();
    add(&folder, "ada");
    add(&folder, "bob");
    let server = serve(&folder);
    let [kept, left, changed] = ["ada", "ada", "bob"].map(|name| session(&server, name));
    let mode = |name: &str| {
        let metadata = std::fs::metadata(folder.path("data").join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!((mode("users"), mode("sessions")), (0o600, 0o600));

    let origin = format!("Origin: http://{}\r\n", server.address);
    let out = format!("{left}{origin}Content-Type: application/json\r\n");
    let left_with = ask(&server, "POST", "/_ui/logout", &out, "{}");
    assert_eq!(left_with.status, 204);
    assert!(left_with.head.contains("Max-Age=0"), "{}", left_with.head);
    assert_eq!(user(&server, &left)["user"], Value::Null);
    users(
        &folder,
        &["password", "bob", "--password-stdin"],
        "battery staple\n",
    );
    assert_eq!(user(&server, &changed)["user"], Value::Null);
    assert_eq!(sign_in(&server, "bob", PASSWORD, "").status, 401);
    assert_eq!(sign_in(&server, "bob", "battery staple", "").status, 204);

    let address = server.address.clone();
    server.kill();
    let options = [
        "--credentials",
        "keys.ini",
        "--data",
        "data",
        "--listen",
        &address,
    ];
    let server = Served::with(&folder, &options, &[]);
    assert_eq!(user(&server, &kept)["user"], "ada");
    users(&folder, &["remove", "ada"], "");
    assert_eq!(user(&server, &kept)["user"], Value::Null);
    let refused = ask(&server, "GET", "/_ui/state-machines", &kept, "");
    assert_eq!(refused.status, 401);
    assert!(refused.body.contains("session is over"), "{}", refused.body);
    assert_eq!(users(&folder, &["list"], ""), "bob\n");
}

#[test]
fn guesses_are_slowed_down_and_tell_nothing() {
    let folder = folder();
    add(&folder, "ada");
    add(&folder, "bob");
    let server = serve(&folder);
    let answers: Vec<Answered> = (0..9)
        .map(|n| sign_in(&server, "ada", &format!("guess {n}"), ""))
        .collect();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(
        refused >= 1,
        "{:?}",
        answers.iter().map(|a| a.status).collect::<Vec<_>>()
    );
    let last = answers.last().unwrap();
    assert!(last.body.contains("Too many attempts"), "{}", last.body);
    // Others are not locked out, and nobody learns who is a user.
    let nobody = sign_in(&server, "nobody", "guess", "");
    assert_eq!((nobody.status, &nobody.body), (401, &answers[0].body));
    session(&server, "bob");
    for body in ["", "[]", "{\"user\": 1}"] {
        let answered = ask(
            &server,
            "POST",
            "/_ui/login",
            "Content-Type: application/json\r\n",
            body,
        );
        assert_eq!(answered.status, 400, "{body}");
    }
}

#[test]
fn nobody_signs_in_where_nobody_has_to() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    assert_eq!(user(&server, ""), Value::Null);
    assert_eq!(sign_in(&server, "ada", PASSWORD, "").status, 404);
}

#[test]
fn users_are_told_what_is_wrong() {
    let folder = folder();
    add(&folder, "ada");
    let refused = |arguments: &[&str], input: &str, says: &str| {
        let command = ["users", "--data", "data"].iter().chain(arguments);
        folder
            .command(command)
            .stdin(input)
            .go()
            .exits(2)
            .says(&[says]);
    };
    refused(
        &["add", "ada", "--password-stdin"],
        PASSWORD,
        "there is a user ada already",
    );
    refused(
        &["add", "bob", "--password-stdin"],
        "short",
        "8 characters at least",
    );
    refused(
        &["add", "a b", "--password-stdin"],
        PASSWORD,
        "cannot be a user's name",
    );
    refused(&["remove", "bob"], "", "there is no user bob");
    refused(
        &["password", "bob", "--password-stdin"],
        PASSWORD,
        "there is no user bob",
    );
    refused(&["add", "bob"], "", "--password-stdin");
    assert_eq!(
        users(&folder, &["list", "--output", "json"], ""),
        "[\"ada\"]\n"
    );
    let file = folder.read("data/users");
    assert!(file.starts_with("ada $argon2id$"), "{file}");
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let folder = folder();
    let command = folder.command(["users", "--data", "data", "add", "ada"]);
    let mut terminal = Terminal::start(command.into_command());
    for prompt in ["Password: ", "Once more: "] {
        terminal.until(prompt);
        terminal.write(&format!("{PASSWORD}\n"));
    }
    let (shown, code) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    assert_eq!(users(&folder, &["list"], ""), "ada\n");
}
