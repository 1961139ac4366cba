use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use interpreter::Encoded;
use serde_json::json;
use store::{
    AuditEntry, Document, DocumentWrite, Error, ExecutionId, Kind, ListQuery, ListedStatus,
    Listing, MapRun, MemoryStore, OpenExecution, Order, REVISIONS, Segment, Store, StoredExecution,
    Unit,
};

use super::support::{World, commented};

const TEN_MINUTES: i64 = 10 * 60 * 1000;

/// An execution as the engine would write it.
fn unit(world: &World, arn: &str, name: &str, version: u64, status: ListedStatus) -> Unit {
    let resolved = world.control.resolve(arn, 0);
    let revision = resolved.map_or_else(|_| "any".into(), |resolved| resolved.revision);
    let ended = status != ListedStatus::Running;
    Unit {
        execution: format!("{arn}:{name}").into(),
        expected_version: version,
        listing: Some(Listing {
            name: name.into(),
            state_machine_arn: arn.into(),
            version_arn: None,
            alias_arn: None,
            map_run_arn: None,
            item_count: None,
            kind: Kind::Standard,
            revision,
            status,
            start_millis: 0,
            stop_millis: ended.then_some(1),
            redrive_count: 0,
            redrive_millis: None,
        }),
        header: Encoded {
            bytes: vec![],
            payloads: vec![],
        },
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: None,
        opened_calls: vec![],
        closed_calls: vec![],
        map_runs: vec![],
        next_due_millis: None,
        ended,
        audit: None,
    }
}

fn commit(world: &World, unit: Unit) {
    let answers = world.store.commit(vec![unit]).expect("commits");
    assert_eq!(answers, [Ok(())]);
}

fn revisions(world: &World) -> usize {
    let documents = world.store.documents(REVISIONS, None, 100);
    documents.expect("reads").len()
}

#[tokio::test]
async fn a_state_machine_is_being_deleted_until_its_executions_have_ended() {
    let world = World::new();
    let arn = world.machine("m").await;
    let named = json!({"stateMachineArn": arn});
    commit(&world, unit(&world, &arn, "e", 0, ListedStatus::Running));
    world.ok("DeleteStateMachine", named.clone()).await;

    let world = world.restarted();
    let described = world.ok("DescribeStateMachine", named.clone()).await;
    assert_eq!(described["status"], "DELETING");
    let deleting = format!("StateMachineDeleting: State Machine is being deleted: '{arn}'");
    assert_eq!(
        world.control.resolve(&arn, 0).unwrap_err().to_string(),
        format!("State Machine is being deleted: '{arn}'")
    );
    let create =
        json!({"name": "m", "definition": commented("c"), "roleArn": super::support::ROLE});
    assert_eq!(
        world.refused("CreateStateMachine", create.clone()).await,
        deleting
    );
    let update = json!({"stateMachineArn": arn, "definition": commented("c")});
    assert_eq!(world.refused("UpdateStateMachine", update).await, deleting);
    let refused = world.refused("PublishStateMachineVersion", named.clone());
    assert_eq!(refused.await, deleting);

    commit(&world, unit(&world, &arn, "e", 1, ListedStatus::Succeeded));
    let refused = world.refused("DescribeStateMachine", named).await;
    assert!(
        refused.starts_with("StateMachineDoesNotExist: "),
        "{refused}"
    );
    world.ok("CreateStateMachine", create).await;
}

#[tokio::test]
async fn tidying_finishes_deletions() {
    let world = World::new();
    let arn = world.machine("m").await;
    commit(&world, unit(&world, &arn, "e", 0, ListedStatus::Running));
    let named = json!({"stateMachineArn": arn});
    world.ok("DeleteStateMachine", named).await;
    commit(&world, unit(&world, &arn, "e", 1, ListedStatus::Succeeded));
    world.control.tidy(world.now()).unwrap();
    let listed = world.ok("ListStateMachines", json!({})).await;
    assert_eq!(listed, json!({"stateMachines": []}));
}

#[tokio::test]
async fn a_revision_is_kept_as_long_as_anything_needs_it() {
    let world = World::new();
    let arn = world.machine("m").await;
    commit(&world, unit(&world, &arn, "e", 0, ListedStatus::Succeeded));
    let of_version = world.version(&arn, "published").await;
    for comment in ["dropped", "current"] {
        let update = json!({"stateMachineArn": arn, "definition": commented(comment)});
        world.ok("UpdateStateMachine", update).await;
    }
    assert_eq!(revisions(&world), 4);
    // A start may be on its way with the definition that it found.
    world.control.tidy(world.now() + TEN_MINUTES - 1).unwrap();
    assert_eq!(revisions(&world), 4);
    world.control.tidy(world.now() + TEN_MINUTES).unwrap();
    assert_eq!(revisions(&world), 3);

    world.store.remove_ended_before(i64::MAX, 10).unwrap();
    let delete = json!({"stateMachineVersionArn": of_version});
    world.ok("DeleteStateMachineVersion", delete).await;
    let world = world.restarted();
    world.control.tidy(world.now() + TEN_MINUTES).unwrap();
    assert_eq!(revisions(&world), 1);
    let named = json!({"stateMachineArn": arn});
    let described = world.ok("DescribeStateMachine", named.clone()).await;
    assert_eq!(described["definition"], commented("current").as_str());
    world.ok("DeleteStateMachine", named).await;
    world.control.tidy(world.now() + TEN_MINUTES).unwrap();
    assert_eq!(revisions(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_follow_each_other() {
    let world = Arc::new(World::new());
    let all = |request: fn(Arc<World>, usize) -> tokio::task::JoinHandle<String>| {
        let world = world.clone();
        async move {
            let mut answers = vec![];
            for handle in (0..16)
                .map(|i| request(world.clone(), i))
                .collect::<Vec<_>>()
            {
                answers.push(handle.await.expect("ends"));
            }
            answers.sort();
            answers
        }
    };
    let created = all(|world, _| tokio::spawn(async move { world.machine("m").await })).await;
    assert_eq!(world.audit().len(), 1);
    assert!(created.iter().all(|arn| *arn == created[0]));
    let versions = all(|world, i| {
        tokio::spawn(async move {
            let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
            world.version(arn, &i.to_string()).await
        })
    });
    let mut numbers: Vec<u64> = versions
        .await
        .iter()
        .map(|arn| arn.rsplit(':').next().unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
}

/// Fails writes of documents while it is told to, before or after they are done.
#[derive(Default)]
struct Faulty {
    inner: MemoryStore,
    unavailable: AtomicBool,
    indeterminate: AtomicBool,
}

impl Store for Faulty {
    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        if self.unavailable.load(Ordering::Relaxed) {
            return Err(Error::Unavailable("disk full: /secret/path".to_owned()));
        }
        self.inner.write(writes, audit)?;
        if self.indeterminate.load(Ordering::Relaxed) {
            return Err(Error::Indeterminate("torn: /secret/path".to_owned()));
        }
        Ok(())
    }

    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        self.inner.commit(units)
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        self.inner.execution(id)
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        self.inner.summary(id)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        self.inner.list(query)
    }

    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error> {
        self.inner.segments(id, from_event_id, order, limit)
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        self.inner.open_executions()
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        self.inner.map_run(arn)
    }

    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error> {
        self.inner.map_runs(id)
    }

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error> {
        self.inner.document(collection, key)
    }

    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error> {
        self.inner.documents(collection, after, limit)
    }

    fn revision_is_used(&self, revision: &str) -> Result<bool, Error> {
        self.inner.revision_is_used(revision)
    }

    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error> {
        self.inner.audit(after, limit)
    }

    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error> {
        self.inner.remove_ended_before(stop_millis, limit)
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_of_and_nothing_is_made_up() {
    let store = Arc::new(Faulty::default());
    let world = World::on(store.clone(), 0);
    let arn = world.machine("m").await;
    let create = json!({"name": "a"});
    let no_activities = json!({"activities": []});

    store.unavailable.store(true, Ordering::Relaxed);
    assert_eq!(
        world.refused("CreateActivity", create.clone()).await,
        "ServiceUnavailable: The service cannot store this now. Try again."
    );
    assert_eq!(world.ok("ListActivities", json!({})).await, no_activities);
    // What needs no write goes on.
    world.machine("m").await;
    store.unavailable.store(false, Ordering::Relaxed);

    store.indeterminate.store(true, Ordering::Relaxed);
    assert_eq!(
        world.refused("CreateActivity", create.clone()).await,
        "InternalFailure: It is not known whether this request was carried out."
    );
    store.indeterminate.store(false, Ordering::Relaxed);
    // It was, and what the store has is what counts.
    let listed = world.ok("ListActivities", json!({})).await;
    assert_eq!(listed["activities"][0]["name"], "a");
    world.ok("CreateActivity", create).await;

    // Another process wrote meanwhile: its change is neither lost nor overwritten blindly.
    let other = World::on(store.clone(), 0);
    other.version(&arn, "other").await;
    let update = json!({"stateMachineArn": arn, "definition": commented("mine")});
    let refused = world.refused("UpdateStateMachine", update.clone()).await;
    assert!(refused.starts_with("ConflictException: "), "{refused}");
    world.ok("UpdateStateMachine", update).await;
    let versions = json!({"stateMachineArn": arn});
    let versions = world.ok("ListStateMachineVersions", versions).await;
    assert_eq!(
        versions["stateMachineVersions"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn everything_is_read_back_from_a_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    let options = store_sqlite::OpenOptions::default();
    let store = store_sqlite::SqliteStore::open(directory.path(), options).unwrap();
    let world = World::on(Arc::new(store), 1_700_000_000_000);
    let arn = world.machine("m").await;
    let version = world.version(&arn, "one").await;
    let current = world.version(&arn, "two").await;
    let route = json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let alias = json!({"name": "PROD", "description": "d", "routingConfiguration": route});
    world.ok("CreateStateMachineAlias", alias).await;
    let tags = json!([{"key": "k", "value": "v"}]);
    world
        .ok("CreateActivity", json!({"name": "a", "tags": tags}))
        .await;
    let gone = world.machine("gone").await;
    let gone = json!({"stateMachineArn": gone});
    world.ok("DeleteStateMachine", gone.clone()).await;

    let activity = arn.replace("stateMachine:m", "activity:a");
    let questions = [
        ("ListStateMachines", json!({})),
        ("DescribeStateMachine", json!({"stateMachineArn": arn})),
        ("DescribeStateMachine", json!({"stateMachineArn": version})),
        ("DescribeStateMachine", json!({"stateMachineArn": current})),
        ("ListStateMachineVersions", json!({"stateMachineArn": arn})),
        (
            "DescribeStateMachineAlias",
            json!({"stateMachineAliasArn": format!("{arn}:PROD")}),
        ),
        ("ListActivities", json!({})),
        ("ListTagsForResource", json!({"resourceArn": activity})),
    ];
    let mut before = vec![];
    for (operation, input) in &questions {
        before.push(world.ok(operation, input.clone()).await);
    }
    let audit = world.audit();
    assert_eq!(revisions(&world), 4);
    let world = world.restarted();
    world.control.tidy(world.now() + TEN_MINUTES).unwrap();
    assert_eq!(revisions(&world), 2);
    for ((operation, input), before) in questions.iter().zip(before) {
        assert_eq!(
            world.ok(operation, input.clone()).await,
            before,
            "{operation}"
        );
    }
    world.refused("DescribeStateMachine", gone).await;
    assert_eq!(world.audit(), audit);
    assert_eq!(audit.len(), 7);
}

#[tokio::test]
async fn documents_that_cannot_be_read_stop_the_start() {
    for body in ["{", "{\"format\": 2}", "{}"] {
        let store = MemoryStore::new();
        let write = DocumentWrite {
            collection: "activities".into(),
            key: "a".into(),
            expected_version: None,
            body: Some(body.into()),
        };
        store.write(vec![write], None).unwrap();
        let opened = api::ControlPlane::open(Arc::new(store));
        assert!(matches!(opened.err(), Some(Error::Corrupt(_))), "{body}");
    }
}
