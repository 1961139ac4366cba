//! The service on a store in memory, with functions that really run.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use bytes::Bytes;
use functions::{HostOptions, fixed_environment};
use serde_json::json;
use sha2::Digest;
use store::MemoryStore;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::Caller;
use crate::wire::Input;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const ECHO: &str = "import os\ndef handler(event, context):\n    return [event, context.function_version, os.environ.get('A')]\n";

type Zip = ZipWriter<Cursor<Vec<u8>>>;

/// One bucket with one object.
struct Bucket(Vec<u8>);

impl Objects for Bucket {
    fn get<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        _version: Option<&'a str>,
    ) -> ObjectFuture<'a> {
        let found = (bucket, key) == ("b", "code.zip");
        let missing = || {
            let message = "The specified key does not exist.".to_owned();
            ("NoSuchKey".to_owned(), message)
        };
        Box::pin(async move { found.then(|| self.0.clone()).ok_or_else(missing) })
    }
}

struct Server {
    lambda: Lambda,
    store: Arc<dyn Store>,
    folder: TempDir,
}

impl Server {
    fn new() -> Server {
        let (store, folder): (Arc<dyn Store>, _) = (
            Arc::new(MemoryStore::default()),
            tempfile::tempdir().unwrap(),
        );
        let lambda = open(&store, &folder);
        Server {
            lambda,
            store,
            folder,
        }
    }

    /// As after a start with the same data.
    fn start_again(&mut self) {
        self.lambda = open(&self.store, &self.folder);
    }

    async fn call(
        &self,
        operation: &'static str,
        members: Value,
    ) -> Result<Map<String, Value>, ServiceError> {
        let Value::Object(members) = members else {
            unreachable!("members are an object")
        };
        let call = ServiceCall {
            operation,
            input: Input {
                members,
                payload: None,
            },
            caller: Caller {
                principal: "tester".into(),
                source: "test".into(),
            },
            now_millis: 1_764_000_000_123,
            call_key: None,
        };
        Ok(self.lambda.call(call).await?.members)
    }

    async fn ok(&self, operation: &'static str, members: Value) -> Value {
        Value::Object(self.call(operation, members).await.unwrap())
    }

    /// The error's code and message.
    async fn refused(&self, operation: &'static str, members: Value) -> (String, String) {
        let error = self.call(operation, members).await.unwrap_err();
        (error.code.into_owned(), error.message)
    }

    async fn create(&self, name: &str, files: &[(&str, &str)]) -> Value {
        self.ok("CreateFunction", declaration(name, &archive(files)))
            .await
    }

    async fn invoke(&self, function_name: &str, payload: &'static str) -> Invoked {
        let invoke = Invoke {
            function_name: function_name.to_owned(),
            payload: Bytes::from_static(payload.as_bytes()),
            ..Invoke::default()
        };
        self.lambda.invoke(invoke).await.unwrap()
    }
}

fn open(store: &Arc<dyn Store>, folder: &TempDir) -> Lambda {
    let host = FunctionHost::new(HostOptions {
        specs: Vec::new(),
        common_environment: fixed_environment(BTreeMap::new()),
        search_path: std::env::var_os("PATH").unwrap(),
        cache_dir: None,
        account_id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        max_processes_per_function: 4,
        log: Arc::new(|_| {}),
    });
    let now = Arc::new(|| jiff::Timestamp::now().as_millisecond());
    let options = Options {
        partition: "aws".into(),
        region: "eu-west-1".into(),
        account: "123456789012".into(),
        code_dir: folder.path().join("code"),
        host: Arc::new(host),
        deliveries: Deliveries::open(store, now, Default::default()).unwrap(),
        objects: Arc::new(Bucket(archive(&[("index.py", ECHO)]))),
    };
    Lambda::open(store, options).unwrap()
}

fn declaration(name: &str, archive: &[u8]) -> Value {
    json!({
        "FunctionName": name, "Role": ROLE, "Runtime": "python3.12", "Handler": "index.handler", "Timeout": 60,
        "Code": {"ZipFile": base64(archive)},
    })
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(0o755))
            .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn packages(server: &Server) -> usize {
    server
        .store
        .documents("function-packages", None, 100)
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_function_lives_through_updates_versions_and_a_restart() {
    let mut server = Server::new();
    let created = server.create("f", &[("index.py", ECHO)]).await;
    assert_eq!(created["State"], "Active");
    assert_eq!(created["LastModified"], "2025-11-24T16:00:00.123+0000");
    assert_eq!(
        created["FunctionArn"],
        "arn:aws:lambda:eu-west-1:123456789012:function:f"
    );
    let digest = base64(&sha2::Sha256::digest(archive(&[("index.py", ECHO)])));
    assert_eq!(created["CodeSha256"], json!(digest));
    let answer = server.invoke("f", "1").await;
    assert_eq!(answer.payload, r#"[1,"$LATEST",null]"#);

    let first = server
        .ok(
            "PublishVersion",
            json!({"FunctionName": "f", "Description": "one"}),
        )
        .await;
    assert_eq!(
        (&first["Version"], &first["Description"]),
        (&json!("1"), &json!("one"))
    );
    // Nothing has changed since.
    let same = server
        .ok("PublishVersion", json!({"FunctionName": "f"}))
        .await;
    assert_eq!(same["Version"], "1");
    let variables = json!({"FunctionName": "f", "Environment": {"Variables": {"A": "b"}}});
    let updated = server.ok("UpdateFunctionConfiguration", variables).await;
    assert_ne!(updated["RevisionId"], created["RevisionId"]);
    let code = ECHO.replace("event, context.", "{'new': event}, context.");
    let zip = base64(&archive(&[("index.py", &code)]));
    let published = json!({"FunctionName": "f", "ZipFile": zip, "Publish": true});
    assert_eq!(
        server.ok("UpdateFunctionCode", published).await["Version"],
        "2"
    );

    server.start_again();
    assert_eq!(
        server.invoke("f", "1").await.payload,
        r#"[{"new":1},"$LATEST","b"]"#
    );
    assert_eq!(server.invoke("f:1", "1").await.payload, r#"[1,"1",null]"#);
    let listed = server
        .ok("ListVersionsByFunction", json!({"FunctionName": "f"}))
        .await;
    let versions: Vec<&Value> = listed["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["Version"])
        .collect();
    assert_eq!(versions, ["$LATEST", "1", "2"]);

    assert_eq!(packages(&server), 2);
    server
        .ok(
            "DeleteFunction",
            json!({"FunctionName": "f", "Qualifier": "1"}),
        )
        .await;
    server
        .ok("DeleteFunction", json!({"FunctionName": "f"}))
        .await;
    server.start_again();
    assert_eq!(packages(&server), 0);
    assert!(
        server
            .store
            .documents("function-code", None, 1)
            .unwrap()
            .is_empty()
    );
    let error = server
        .refused("GetFunction", json!({"FunctionName": "f"}))
        .await;
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    assert_eq!(
        error,
        (
            "ResourceNotFoundException".to_owned(),
            format!("Function not found: {arn}")
        )
    );
}

#[tokio::test]
async fn what_runs_keeps_its_code_however_often_that_is_replaced() {
    const WAITS: &str = "import socket\ndef handler(event, context):\n    with socket.create_connection(('127.0.0.1', event)) as s:\n        \
                         s.recv(1)\n    import late\n    return late.VALUE\n";
    let server = Server::new();
    let files = [("index.py", WAITS), ("late.py", "VALUE = 'first'\n")];
    server.create("f", &files).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let invoke = Invoke {
        function_name: "f".to_owned(),
        payload: port.to_string().into(),
        ..Invoke::default()
    };
    let updates = async {
        let (running, _) = listener.accept().await.unwrap();
        for number in 0..2 {
            let archive = archive(&[("index.py", &format!("VALUE = {number}\n"))]);
            let update = json!({"FunctionName": "f", "ZipFile": base64(&archive)});
            server.ok("UpdateFunctionCode", update).await;
        }
        // As it is done when nothing runs on the second one any more.
        server.lambda.forget_packages().unwrap();
        assert_eq!(packages(&server), 3);
        drop(running);
    };
    let (invoked, ()) = tokio::join!(server.lambda.invoke(invoke), updates);
    let invoked = invoked.unwrap();
    assert_eq!(
        (invoked.payload.as_str(), invoked.function_error),
        ("\"first\"", None)
    );
    while packages(&server) > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn aliases_share_invocations_out_and_hold_their_versions() {
    let server = Server::new();
    server.create("f", &[("index.py", ECHO)]).await;
    for value in ["1", "2"] {
        let change = json!({"FunctionName": "f", "Environment": {"Variables": {"A": value}}});
        server.ok("UpdateFunctionConfiguration", change).await;
        server
            .ok("PublishVersion", json!({"FunctionName": "f"}))
            .await;
    }
    let alias = |version: &str, weights: Value| {
        json!({"FunctionName": "f", "Name": "live", "FunctionVersion": version,
               "RoutingConfig": {"AdditionalVersionWeights": weights}})
    };
    let refused = server
        .refused("CreateAlias", alias("$LATEST", json!({"1": 0.5})))
        .await;
    assert_eq!(
        refused.1,
        "$LATEST is not supported for an alias pointing to more than 1 version"
    );
    let refused = server.refused("CreateAlias", alias("9", json!({}))).await;
    assert!(refused.1.ends_with("function:f:9"), "{refused:?}");
    let created = server
        .ok("CreateAlias", alias("1", json!({"2": 0.5})))
        .await;
    assert_eq!(
        created["AliasArn"],
        "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
    );
    let refused = server.refused("CreateAlias", alias("1", json!({}))).await;
    assert_eq!(refused.0, "ResourceConflictException");

    let of_key = async |key: usize| {
        let invoke = Invoke {
            function_name: "f".to_owned(),
            qualifier: Some("live".to_owned()),
            call_key: Some(format!("call {key}").into()),
            ..Invoke::default()
        };
        server
            .lambda
            .invoke(invoke)
            .await
            .unwrap()
            .executed_version
            .unwrap()
    };
    let mut chosen = Vec::new();
    for key in 0..16 {
        chosen.push(of_key(key).await);
    }
    assert!(
        chosen.contains(&"1".to_owned()) && chosen.contains(&"2".to_owned()),
        "{chosen:?}"
    );
    assert_eq!(of_key(3).await, chosen[3]);

    let refused = server
        .refused("DeleteFunction", json!({"FunctionName": "f:2"}))
        .await;
    assert!(refused.1.contains("used by the alias live"), "{refused:?}");
    server.ok("UpdateAlias", alias("1", json!({}))).await;
    server
        .ok("DeleteFunction", json!({"FunctionName": "f:2"}))
        .await;
    let stale = json!({"FunctionName": "f", "Name": "live", "RevisionId": created["RevisionId"]});
    assert_eq!(
        server.refused("UpdateAlias", stale).await.0,
        "PreconditionFailedException"
    );
}

#[tokio::test]
async fn packages_that_harm_are_refused_and_leave_nothing_behind() {
    let server = Server::new();
    let zipped = |build: &dyn Fn(&mut Zip)| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        build(&mut zip);
        zip.finish().unwrap().into_inner()
    };
    let plain = SimpleFileOptions::default;
    let linked = |name: &'static str, target: &'static str| {
        zipped(&move |zip| zip.add_symlink(name, target, plain()).unwrap())
    };
    let named = |name: &'static str| zipped(&move |zip| zip.start_file(name, plain()).unwrap());
    let bomb = zipped(&|zip| {
        let zeros = vec![0; 1 << 20];
        zip.start_file("zeros", plain()).unwrap();
        for _ in 0..300 {
            zip.write_all(&zeros).unwrap();
        }
    });
    let cases = [
        (
            b"no zip".to_vec(),
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (zipped(&|_| {}), "It holds no files."),
        (
            named("../x"),
            "The entry '../x' leaves the folder of the code.",
        ),
        (
            named("/etc/x"),
            "The entry '/etc/x' leaves the folder of the code.",
        ),
        (named("a/../../x"), "leaves the folder of the code."),
        (
            linked("a/link", "../../x"),
            "The entry 'a/link' is a symbolic link that leaves the folder of the code.",
        ),
        (
            linked("link", "/etc/passwd"),
            "is a symbolic link that leaves the folder of the code.",
        ),
        (
            linked("./link", "../x"),
            "is a symbolic link that leaves the folder of the code.",
        ),
        (
            // Where `here` is, and what is above it.
            zipped(&|zip| {
                zip.add_symlink("here", ".", plain()).unwrap();
                zip.add_symlink("here/up", "..", plain()).unwrap();
            }),
            "The entry 'here/up' is a symbolic link that leaves the folder of the code.",
        ),
        (
            zipped(&|zip| {
                zip.add_symlink("here", ".", plain()).unwrap();
                zip.add_symlink("up", "here/..", plain()).unwrap();
            }),
            "The entry 'up' is a symbolic link that leaves the folder of the code.",
        ),
        (
            zipped(&|zip| {
                zip.start_file("x", plain()).unwrap();
                zip.start_file("x/y", plain()).unwrap();
            }),
            "The entry 'x/y' stands in the place of another.",
        ),
        (
            zipped(&|zip| zip.start_file("x".repeat(300), plain()).unwrap()),
            "has a name that is too long.",
        ),
        (
            bomb,
            "It grows to more than 500 times its size, as no code does.",
        ),
    ];
    for (archive, message) in cases {
        let refused = server
            .refused("CreateFunction", declaration("f", &archive))
            .await;
        assert_eq!(refused.0, "InvalidParameterValueException");
        assert!(refused.1.contains(message), "{refused:?}");
    }
    assert_eq!(packages(&server), 0);
    assert_eq!(
        std::fs::read_dir(server.folder.path().join("code"))
            .unwrap()
            .count(),
        0
    );

    // Links within the folder, as npm makes them, are what they are.
    let good = zipped(&|zip| {
        zip.add_symlink("lib/link", "../index.py", plain()).unwrap();
        zip.start_file("index.py", plain().unix_permissions(0o644))
            .unwrap();
        zip.write_all(ECHO.as_bytes()).unwrap();
    });
    server.ok("CreateFunction", declaration("f", &good)).await;
    let code = server.folder.path().join("code").join(code::hash(&good));
    assert_eq!(
        std::fs::read_to_string(code.join("lib/link")).unwrap(),
        ECHO
    );
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(code.join("index.py"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o444);
}

#[tokio::test]
async fn code_comes_from_s3_and_from_folders_too() {
    let server = Server::new();
    let mut declared = declaration("f", b"");
    declared["Code"] = json!({"S3Bucket": "b", "S3Key": "other"});
    let refused = server.refused("CreateFunction", declared.clone()).await;
    let expected = "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.";
    assert_eq!(refused.1, expected);
    declared["Code"]["S3Key"] = "code.zip".into();
    server.ok("CreateFunction", declared.clone()).await;
    assert_eq!(
        server.invoke("f", "1").await.payload,
        r#"[1,"$LATEST",null]"#
    );

    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.py"), ECHO).unwrap();
    declared["FunctionName"] = "g".into();
    declared["Code"] = json!({"LocalFolder": folder.path()});
    let created = server.ok("CreateFunction", declared.clone()).await;
    assert_eq!(
        server.invoke("g", "1").await.payload,
        r#"[1,"$LATEST",null]"#
    );
    std::fs::write(
        folder.path().join("index.py"),
        ECHO.replace("[event", "['changed'"),
    )
    .unwrap();
    let update = json!({"FunctionName": "g", "LocalFolder": folder.path()});
    let updated = server.ok("UpdateFunctionCode", update).await;
    assert_ne!(created["CodeSha256"], updated["CodeSha256"]);
    assert_eq!(
        server.invoke("g", "1").await.payload,
        r#"["changed","$LATEST",null]"#
    );

    declared["FunctionName"] = "h".into();
    for (code, message) in [
        (
            json!({"LocalFolder": "relative"}),
            "LocalFolder 'relative' is not an absolute path.",
        ),
        (
            json!({"LocalFolder": "/nowhere"}),
            "LocalFolder '/nowhere' cannot be read",
        ),
        (
            json!({"ImageUri": "image"}),
            "Container images are not supported",
        ),
        (json!({}), "Please provide a source for function code."),
    ] {
        declared["Code"] = code;
        let refused = server.refused("CreateFunction", declared.clone()).await;
        assert!(refused.1.starts_with(message), "{refused:?}");
    }
    declared["Code"] = json!({"S3Bucket": "b", "S3Key": "code.zip"});
    declared["Layers"] = json!(["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"]);
    let refused = server.refused("CreateFunction", declared).await;
    assert!(
        refused.1.starts_with("Layers are not supported"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_event_is_queued_as_the_function_is_configured() {
    let server = Server::new();
    server.create("f", &[("index.py", ECHO)]).await;
    let queue = "arn:aws:sqs:eu-west-1:123456789012:q";
    let config = json!({"FunctionName": "f", "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60,
                        "DestinationConfig": {"OnFailure": {"Destination": queue}}});
    server.ok("PutFunctionEventInvokeConfig", config).await;
    let letters = json!({"FunctionName": "f", "DeadLetterConfig": {"TargetArn": queue}});
    server.ok("UpdateFunctionConfiguration", letters).await;
    let event =
        json!({"FunctionName": "f", "InvocationType": "Event", "Payload": base64(b"{\"a\":1}")});
    assert_eq!(server.ok("Invoke", event.clone()).await["StatusCode"], 202);
    let stored = server.store.documents("deliveries", None, 10).unwrap();
    let [delivery] = stored.as_slice() else {
        panic!("{stored:?}")
    };
    let delivery: Value = serde_json::from_str(&delivery.body).unwrap();
    let delivery = &delivery["value"];
    assert_eq!(delivery["input"], "{\"a\":1}");
    assert_eq!(delivery["max_attempts"], 2);
    assert_eq!(delivery["dead_letter_arn"], queue);
    assert_eq!(delivery["destinations"]["on_failure"], queue);

    let mut broken = event.clone();
    broken["Payload"] = base64(b"{").into();
    assert_eq!(
        server.refused("Invoke", broken).await.0,
        "InvalidRequestContentException"
    );
    let mut large = event;
    large["Payload"] = base64(&vec![b'1'; 1024 * 1024 + 1]).into();
    assert_eq!(
        server.refused("Invoke", large).await.0,
        "RequestEntityTooLargeException"
    );
    assert_eq!(
        server
            .store
            .documents("deliveries", None, 10)
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn permissions_tags_and_settings_are_kept() {
    let mut server = Server::new();
    server.create("f", &[("index.py", ECHO)]).await;
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    let permission = json!({"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction",
                            "Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/r"});
    server.ok("AddPermission", permission.clone()).await;
    assert_eq!(
        server.refused("AddPermission", permission).await.0,
        "ResourceConflictException"
    );
    server
        .ok(
            "TagResource",
            json!({"Resource": arn, "Tags": {"a": "b", "c": "d"}}),
        )
        .await;
    server
        .ok("UntagResource", json!({"Resource": arn, "TagKeys": ["c"]}))
        .await;
    server
        .ok(
            "PutFunctionConcurrency",
            json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0}),
        )
        .await;
    server.start_again();
    let policy = server.ok("GetPolicy", json!({"FunctionName": "f"})).await;
    let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
    let expected = json!({
        "Sid": "s", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction",
        "Resource": arn, "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/r"}},
    });
    assert_eq!(policy["Statement"], json!([expected]));
    let shown = server.ok("GetFunction", json!({"FunctionName": arn})).await;
    assert_eq!(shown["Tags"], json!({"a": "b"}));
    assert_eq!(
        shown["Concurrency"],
        json!({"ReservedConcurrentExecutions": 0})
    );
    // Nothing is reserved for it: nothing runs.
    let throttled = server
        .call("Invoke", json!({"FunctionName": "f"}))
        .await
        .unwrap_err();
    assert_eq!(
        (throttled.status, &*throttled.code),
        (429, "TooManyRequestsException")
    );
    server
        .ok("DeleteFunctionConcurrency", json!({"FunctionName": "f"}))
        .await;
    assert_eq!(
        server.ok("Invoke", json!({"FunctionName": "f"})).await["StatusCode"],
        200
    );

    server
        .ok(
            "RemovePermission",
            json!({"FunctionName": "f", "StatementId": "s"}),
        )
        .await;
    let refused = server
        .refused("GetPolicy", json!({"FunctionName": "f"}))
        .await;
    assert_eq!(refused.1, "The resource you requested does not exist.");
    for name in ["g", "h"] {
        server.create(name, &[("index.py", ECHO)]).await;
    }
    let first = server.ok("ListFunctions", json!({"MaxItems": 2})).await;
    let second = server
        .ok("ListFunctions", json!({"Marker": first["NextMarker"]}))
        .await;
    assert_eq!(first["Functions"].as_array().unwrap().len(), 2);
    assert_eq!(second["Functions"][0]["FunctionName"], "h");
    assert_eq!(second.get("NextMarker"), None);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_awss_words() {
    let server = Server::new();
    server.create("f", &[("index.py", ECHO)]).await;
    let zip = archive(&[("index.py", ECHO)]);
    let mut without_handler = declaration("g", &zip);
    without_handler.as_object_mut().unwrap().remove("Handler");
    let mut reserved = declaration("g", &zip);
    reserved["Environment"] = json!({"Variables": {"AWS_REGION": "x"}});
    let mut slow = declaration("g", &zip);
    slow["Timeout"] = 901.into();
    let f = |more: Value| {
        let mut members = json!({"FunctionName": "f"});
        members
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        members
    };
    let cases = [
        (
            "CreateFunction",
            declaration("f", &zip),
            "Function already exist: f",
        ),
        (
            "CreateFunction",
            without_handler,
            "Runtime and Handler are mandatory parameters",
        ),
        (
            "CreateFunction",
            reserved,
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            "CreateFunction",
            slow,
            "Value '901' at 'timeout' failed to satisfy constraint",
        ),
        (
            "UpdateFunctionCode",
            f(json!({"ZipFile": base64(&zip), "RevisionId": "x"})),
            "The RevisionId provided does not match",
        ),
        (
            "PublishVersion",
            f(json!({"CodeSha256": "x"})),
            "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST",
        ),
        (
            "DeleteFunction",
            f(json!({"Qualifier": "$LATEST"})),
            "$LATEST version cannot be deleted",
        ),
        (
            "GetFunction",
            f(json!({"Qualifier": "x"})),
            "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:f:x",
        ),
        (
            "GetFunction",
            json!({"FunctionName": "f:1", "Qualifier": "2"}),
            "The derived qualifier from the function name does not match",
        ),
        (
            "GetAlias",
            f(json!({"Name": "x"})),
            "Cannot find alias arn: arn:aws:lambda:eu-west-1:123456789012:function:f:x",
        ),
        (
            "GetFunctionEventInvokeConfig",
            f(json!({})),
            "function:f:$LATEST doesn't have an EventInvokeConfig",
        ),
        (
            "RemovePermission",
            f(json!({"StatementId": "x"})),
            "No policy is associated with the given resource.",
        ),
        (
            "PutFunctionConcurrency",
            f(json!({"ReservedConcurrentExecutions": 901})),
            "below its minimum value of [100]",
        ),
        (
            "CreateFunctionUrlConfig",
            f(json!({"AuthType": "NONE"})),
            "Function URLs are not supported",
        ),
        (
            "CreateEventSourceMapping",
            f(json!({})),
            "Event source mappings are not supported",
        ),
        (
            "Invoke",
            f(json!({"InvocationType": "event"})),
            "Value 'event' at 'invocationType'",
        ),
        (
            "GetFunction",
            json!({"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
            "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
        ),
    ];
    for (operation, members, message) in cases {
        let refused = server.refused(operation, members).await;
        assert!(refused.1.contains(message), "{operation}: {refused:?}");
    }
}
