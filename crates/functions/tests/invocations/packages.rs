//! Where the code comes from, and the packages that it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::support::{Fixture, files};
use functions::{Code, FunctionSpec, LogStream};
use serde_json::json;
use tempfile::TempDir;

const PYTHON: &str = "import greeting\ndef handler(event, context):\n    return greeting.WORDS\n";

fn said(f: &mut Fixture) -> Vec<String> {
    let lines = f.printed().into_iter();
    lines
        .filter(|line| line.stream == LogStream::Host)
        .map(|line| line.text)
        .collect()
}

/// A folder with a wheel of the package `greeting`.
fn wheels() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let script = "
import zipfile
with zipfile.ZipFile('greeting-1.0-py3-none-any.whl', 'w') as wheel:
    wheel.writestr('greeting.py', 'WORDS = \"installed\"\\n')
    wheel.writestr('greeting-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n')
    wheel.writestr('greeting-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('greeting-1.0.dist-info/RECORD', '')
";
    let made = Command::new("python3")
        .args(["-c", script])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    folder
}

fn python(requirements: &str, extra: &[(&str, &str)], cache: Option<&Path>) -> Fixture {
    let mut code = vec![("handler.py", PYTHON), ("requirements.txt", requirements)];
    code.extend(extra);
    let cache_dir = cache.map(Path::to_owned);
    files("python3.11", "handler.handler", &code, |_, options| {
        options.cache_dir = cache_dir
    })
}

#[tokio::test]
async fn requirements_are_installed_once_for_all() {
    let (wheels, cache) = (wheels(), tempfile::tempdir().unwrap());
    let requirements = format!(
        "--no-index\n--find-links {}\ngreeting == 1.0  # the one\n",
        wheels.path().display()
    );
    let mut f = python(&requirements, &[], Some(cache.path()));
    let (first, second) = tokio::join!(f.result("{}"), f.result("{}"));
    assert_eq!((first, second), (json!("installed"), json!("installed")));
    let lines = said(&mut f);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("installing requirements.txt with pip (Python 3."),
        "{lines:?}"
    );
    assert!(
        lines[1].starts_with("installed requirements.txt"),
        "{lines:?}"
    );
    let mut other = python(&requirements, &[], Some(cache.path()));
    assert_eq!(other.result("{}").await, json!("installed"));
    assert_eq!(said(&mut other), [""; 0]);
    // Beside its code nothing has changed.
    assert_eq!(fs::read_dir(f.code.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_failed_installation_is_the_invocations_error_and_tried_again() {
    let (wheels, cache) = (wheels(), tempfile::tempdir().unwrap());
    let mut f = python(
        "--no-index\n--find-links wheels\ngreeting==1.0\n",
        &[("wheels/.keep", "")],
        Some(cache.path()),
    );
    let error = f.invoke("{}").await.unwrap_err();
    assert_eq!(
        (error.code(), error.status_code()),
        ("ServiceException", 500)
    );
    let message = error.to_string();
    assert!(
        message
            .starts_with("function f cannot be started: cannot install requirements.txt with pip"),
        "{message}"
    );
    assert!(
        message.contains("No matching distribution found for greeting==1.0"),
        "{message}"
    );
    // Those that came while it was tried do not try it one after the other.
    f.printed();
    let answers = tokio::join!(f.invoke("1"), f.invoke("2"), f.invoke("3"));
    assert!(answers.0.is_err() && answers.1.is_err() && answers.2.is_err());
    assert_eq!(said(&mut f).len(), 1);
    let wheel = "greeting-1.0-py3-none-any.whl";
    fs::copy(
        wheels.path().join(wheel),
        f.code.path().join("wheels").join(wheel),
    )
    .unwrap();
    assert_eq!(f.result("{}").await, json!("installed"));
}

#[tokio::test]
async fn what_is_beside_the_code_or_not_needed_is_not_installed() {
    let metadata = "Metadata-Version: 2.1\nName: Greeting\nVersion: 1.5\n";
    let beside = [
        ("greeting.py", "WORDS = 'beside'\n"),
        ("greeting-1.5.dist-info/METADATA", metadata),
    ];
    for requirements in [
        "# nothing\n\n",
        "greeting\n",
        "greeting >=1.2, <2 \\\n  --hash=sha256:00\n--extra-index-url https://example.org/simple\n",
        "greeting; python_version >= '3'\nnosuchthing; python_version < '3'\n",
    ] {
        let mut f = python(requirements, &beside, None);
        assert_eq!(f.result("{}").await, json!("beside"), "{requirements}");
        assert_eq!(said(&mut f), [""; 0]);
    }
    for requirements in ["greeting>=2\n", "nosuchthing\n", "-r other.txt\n"] {
        let error = python(requirements, &beside, None)
            .invoke("{}")
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("HOME or XDG_CACHE_HOME has to be set"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_files_that_requirements_name_count_as_well() {
    let (wheels, cache) = (wheels(), tempfile::tempdir().unwrap());
    let base = format!("--no-index\n--find-links {}\n", wheels.path().display());
    let with = |line: &str| {
        let base = format!("{base}{line}\n");
        python(
            "-r more/base.txt\n",
            &[("more/base.txt", &base)],
            Some(cache.path()),
        )
    };
    // The same requirements.txt, with another file behind it.
    assert_eq!(with("greeting").result("{}").await, json!("installed"));
    let error = with("greeting==7").invoke("{}").await.unwrap_err();
    assert!(error.to_string().contains("greeting==7"), "{error}");
}

#[tokio::test]
async fn an_extra_needs_its_packages() {
    let metadata = "Metadata-Version: 2.1\nName: greeting\nVersion: 1.5\nProvides-Extra: loud\n\
                    Provides-Extra: plain\nRequires-Dist: nosuchthing; extra == 'loud'\n";
    let beside = [
        ("greeting.py", "WORDS = 'beside'\n"),
        ("greeting-1.5.dist-info/METADATA", metadata),
    ];
    let f = python("greeting[plain]\n", &beside, None);
    assert_eq!(f.result("{}").await, json!("beside"));
    let f = python("greeting[loud]\n", &beside, None);
    assert!(f.invoke("{}").await.is_err());
}

/// A package of npm as a file: the address of `greeting` in a package.json.
fn tarball() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("package");
    fs::create_dir(&package).unwrap();
    fs::write(
        package.join("package.json"),
        r#"{"name": "greeting", "version": "1.0.0", "main": "main.js"}"#,
    )
    .unwrap();
    fs::write(package.join("main.js"), "exports.WORDS = 'installed';").unwrap();
    let file = folder.path().join("greeting-1.0.0.tgz");
    let made = Command::new("tar")
        .arg("czf")
        .arg(&file)
        .arg("package")
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    (folder, file)
}

const COMMON_JS: (&str, &str) = (
    "index.js",
    "exports.handler = async () => require('greeting').WORDS;",
);
const ES_MODULE: (&str, &str) = (
    "index.mjs",
    "import { WORDS } from 'greeting';\nexport const handler = async () => WORDS;",
);

#[tokio::test]
async fn packages_of_npm_are_installed_and_found_by_require_and_import() {
    let ((_folder, file), cache) = (tarball(), tempfile::tempdir().unwrap());
    let package = json!({
        "dependencies": {"greeting": format!("file:{}", file.display())},
        "devDependencies": {"no-such-thing-anywhere": "^1"},
        "scripts": {"install": "exit 1"},
    });
    for (code, installs) in [(COMMON_JS, 2), (ES_MODULE, 0)] {
        let package = package.to_string();
        let mut f = files(
            "nodejs20.x",
            "index.handler",
            &[code, ("package.json", &package)],
            |_, options| options.cache_dir = Some(cache.path().to_owned()),
        );
        assert_eq!(f.result("{}").await, json!("installed"), "{code:?}");
        let lines = said(&mut f);
        assert_eq!(lines.len(), installs, "{lines:?}");
        assert!(
            lines.is_empty()
                || lines[0]
                    .starts_with("installing the packages of package.json with npm (Node.js "),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn a_folder_may_be_a_package() {
    let cache = tempfile::tempdir().unwrap();
    let code = [
        COMMON_JS,
        (
            "package.json",
            r#"{"dependencies": {"greeting": "file:./shared"}}"#,
        ),
        ("package-lock.json", "{}"),
        (
            "shared/package.json",
            r#"{"name": "greeting", "version": "1.0.0"}"#,
        ),
        ("shared/index.js", "exports.WORDS = 'shared';"),
    ];
    let f = files("nodejs20.x", "index.handler", &code, |_, options| {
        options.cache_dir = Some(cache.path().to_owned())
    });
    assert_eq!(f.result("{}").await, json!("shared"));
}

#[tokio::test]
async fn packages_beside_the_code_are_used_as_they_are() {
    for code in [COMMON_JS, ES_MODULE] {
        let code = [
            code,
            ("package.json", r#"{"dependencies": {"greeting": "^1"}}"#),
            (
                "node_modules/greeting/index.js",
                "exports.WORDS = 'beside';",
            ),
        ];
        let mut f = files("nodejs20.x", "index.handler", &code, |_, _| {});
        assert_eq!(f.result("{}").await, json!("beside"));
        assert_eq!(said(&mut f), [""; 0]);
    }
    let broken = [COMMON_JS, ("package.json", "{")];
    let error = files("nodejs20.x", "index.handler", &broken, |_, _| {})
        .invoke("{}")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("package.json is not JSON"),
        "{error}"
    );
}

#[tokio::test]
async fn the_sdk_is_installed_for_code_that_mentions_it() {
    // A small package of the same family. Kept between the runs of the tests.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("functions");
    for code in [
        (
            "index.js",
            "const { SMITHY_CONTEXT_KEY } = require('@smithy/types');\nexports.handler = async () => SMITHY_CONTEXT_KEY;",
        ),
        (
            "index.mjs",
            "import { SMITHY_CONTEXT_KEY } from '@smithy/types';\nexport const handler = async () => SMITHY_CONTEXT_KEY;",
        ),
    ] {
        let f = files("nodejs20.x", "index.handler", &[code], |_, options| {
            options.cache_dir = Some(cache.clone())
        });
        match f.invoke("{}").await {
            Ok(answer) => assert_eq!(answer.payload, r#""__smithy_context""#),
            Err(error) => {
                let text = error.to_string();
                let unreachable = [
                    "ENOTFOUND",
                    "EAI_AGAIN",
                    "ECONNREFUSED",
                    "ETIMEDOUT",
                    "ENETUNREACH",
                ];
                assert!(unreachable.iter().any(|code| text.contains(code)), "{text}");
                eprintln!("NOT TESTED: npm's registry cannot be reached: {text}");
            }
        }
    }
}

#[tokio::test]
async fn what_sam_build_left_is_run_until_the_code_changes() {
    let code = [(
        "handler.py",
        "def handler(event, context):\n    return 'source'\n",
    )];
    let project = tempfile::tempdir().unwrap();
    let build = project.path().join("build");
    fs::create_dir_all(build.join("F")).unwrap();
    fs::write(
        build.join("F/handler.py"),
        "def handler(event, context):\n    return 'built'\n",
    )
    .unwrap();
    fs::write(build.join("template.yaml"), "").unwrap();
    let hour = Duration::from_secs(3600);
    for (built_at, runs) in [
        (SystemTime::now() + hour, "built"),
        (SystemTime::now() - hour, "source"),
    ] {
        let template = fs::File::options()
            .write(true)
            .open(build.join("template.yaml"))
            .unwrap();
        template.set_modified(built_at).unwrap();
        let f = files("python3.11", "handler.handler", &code, |spec, _| {
            spec.built_dir = Some(build.join("F"))
        });
        assert_eq!(f.result("{}").await, json!(runs));
    }
    // Code that is nothing without its build.
    let mut f = files("nodejs20.x", "app.handler", &[("app.ts", "")], |spec, _| {
        spec.built_dir = Some(build.join("F"))
    });
    assert_eq!(
        f.error("{}").await.0["errorType"],
        "Runtime.ImportModuleError"
    );
    assert_eq!(
        said(&mut f),
        ["its code is TypeScript: `sam build` has to translate it first"]
    );
    fs::write(
        build.join("F/app.js"),
        "exports.handler = async () => 'translated';",
    )
    .unwrap();
    let mut f = files("nodejs20.x", "app.handler", &[("app.ts", "")], |spec, _| {
        spec.built_dir = Some(build.join("F"))
    });
    assert_eq!(f.result("{}").await, json!("translated"));
    assert_eq!(
        said(&mut f),
        ["what `sam build` made is older than the code; it runs as it was built"]
    );
}

#[tokio::test]
async fn code_of_a_template_is_a_file_named_index() {
    for (runtime, code) in [
        (
            "python3.11",
            "import os\ndef handler(event, context):\n    return sorted(os.listdir(os.environ['LAMBDA_TASK_ROOT']))\n",
        ),
        (
            "nodejs20.x",
            "exports.handler = async () => require('fs').readdirSync(process.env.LAMBDA_TASK_ROOT);",
        ),
    ] {
        let f = files(runtime, "index.handler", &[], |spec, _| {
            spec.code = Code::Inline(code.to_owned())
        });
        let name = if runtime.starts_with("python") {
            "index.py"
        } else {
            "index.js"
        };
        assert_eq!(f.result("{}").await, json!([name]));
    }
    let f = files("provided", "x", &[], |spec, _| {
        spec.code = Code::Inline("#!/bin/sh".to_owned())
    });
    assert_eq!(
        f.invoke("{}").await.unwrap_err().code(),
        "InvalidZipFileException"
    );
}

#[tokio::test]
async fn a_package_may_be_a_single_file_but_not_an_archive() {
    let code = [
        ("index.js", "exports.handler = async () => 'one file';"),
        ("code.zip", ""),
    ];
    let f = files("nodejs20.x", "index.handler", &code, |_, _| {});
    for (name, works) in [("index.js", true), ("code.zip", false)] {
        let f = files("nodejs20.x", "index.handler", &[], |spec, _| {
            spec.code = Code::Folder(f.code.path().join(name));
        });
        let answer = f.invoke("{}").await;
        assert_eq!(answer.is_ok(), works, "{answer:?}");
        if let Err(error) = answer {
            assert!(
                error.to_string().contains("an archive is not run locally"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn layers_bring_packages_and_programs() {
    let layer = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("python/greeting.py", "WORDS = 'layer'\n"),
        (
            "nodejs/node_modules/greeting/index.js",
            "exports.WORDS = 'layer';",
        ),
        ("bin/tool", "#!/bin/sh\necho tool\n"),
    ] {
        let path = layer.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(layer.path().join("bin/tool"), executable).unwrap();
    let with_layer = |spec: &mut FunctionSpec| spec.layers.push(layer.path().to_owned());
    let python = "import greeting, subprocess\ndef handler(event, context):\n    \
                  return greeting.WORDS + subprocess.check_output(['tool'], text=True).strip()\n";
    let f = files(
        "python3.11",
        "handler.handler",
        &[("handler.py", python)],
        |spec, _| with_layer(spec),
    );
    assert_eq!(f.result("{}").await, json!("layertool"));
    for code in [COMMON_JS, ES_MODULE] {
        let code = [
            code,
            ("package.json", r#"{"dependencies": {"greeting": "1"}}"#),
        ];
        let f = files("nodejs20.x", "index.handler", &code, |spec, _| {
            with_layer(spec)
        });
        assert_eq!(f.result("{}").await, json!("layer"));
    }
    let mut f = files(
        "python3.11",
        "handler.handler",
        &[("handler.py", python)],
        |spec, _| {
            with_layer(spec);
            spec.warnings.push("a layer is missing".to_owned());
        },
    );
    f.result("{}").await;
    f.result("{}").await;
    assert_eq!(said(&mut f), ["a layer is missing"]);
}
