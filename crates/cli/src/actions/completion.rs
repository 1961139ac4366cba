//! Candidates for a shell that completes the name of an action, in two stages: `ec` to `ec2:`, `ec2:reb` to
//! `ec2:rebootInstances`.

use service_models::catalog;

/// One candidate a line, each with what it is after a tab. Never an error: a shell has nowhere to show one.
pub fn candidates(written: &str) -> String {
    let lines: Vec<String> = match written.split_once(':') {
        None => services(written),
        Some((service, action)) => actions(service, action),
    };
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Services by the name of their resources; by boto3's name where none of those begins like it.
fn services(written: &str) -> Vec<String> {
    let lower = written.to_ascii_lowercase();
    let starting = |name: fn(&'static service_models::Service) -> &'static str| -> Vec<String> {
        let services = catalog().services();
        services
            .filter(|service| name(service).starts_with(&lower))
            .map(|service| format!("{}:\t{}", name(service), service.full_name()))
            .collect()
    };
    let by_segment = starting(|service| service.segment());
    match by_segment.is_empty() {
        true => starting(|service| service.boto_name()),
        false => by_segment,
    }
}

fn actions(service: &str, action: &str) -> Vec<String> {
    let Some(found) = catalog().service_by_any_name(service) else {
        return Vec::new();
    };
    let lower = action.to_ascii_lowercase();
    found
        .operations()
        .filter(|operation| operation.action().to_ascii_lowercase().starts_with(&lower))
        .filter(|operation| operation.unsupported().is_none())
        .map(|operation| {
            let access = if operation.is_read() {
                "reads"
            } else {
                "writes"
            };
            // The shell replaces what was written: it has to begin like that.
            format!("{service}:{}\t{access}", operation.action())
        })
        .collect()
}

/// What is added to the script of clap, which knows subcommands and options, so that it asks for candidates.
pub fn script(shell: clap_complete::Shell, generated: String) -> String {
    match shell {
        clap_complete::Shell::Bash => generated + &BASH.replace("WANTS\n", WANTS),
        clap_complete::Shell::Fish => generated + FISH,
        clap_complete::Shell::Zsh => zsh(&generated),
        _ => generated,
    }
}

/// Whether an action is wanted, for Bash and Zsh: of `word`, what is before it and the subcommand.
const WANTS: &str = r#"    case "$subcommand $previous" in
        "run --assume-read" | "run --assume-write") wants=action ;;
        *" --depth" | *" --output" | *" --query-language") ;;
        "action "* | "actions "*) [[ "$word" == -* ]] || wants=action ;;
    esac
"#;

/// Bash breaks words at the colon (it stands in COMP_WORDBREAKS) and replaces only what follows it: the word is taken from
/// the line itself, and what is before the last colon is taken off the candidates.
const BASH: &str = r#"
_stepwright_with_actions() {
    local line="${COMP_LINE:0:COMP_POINT}"
    local word="${line##*[[:space:]]}" wants="" before="" candidate words
    read -ra words <<< "${line%"$word"}"
    local subcommand="${words[1]}" previous="${words[${#words[@]}-1]}"
WANTS
    if [[ -z "$wants" ]]; then
        _stepwright "$@"
        return
    fi
    [[ "$COMP_WORDBREAKS" == *:* && "$word" == *:* ]] && before="${word%:*}:"
    COMPREPLY=()
    while IFS= read -r candidate; do
        candidate="${candidate%%$'\t'*}"
        COMPREPLY+=("${candidate#"$before"}")
        [[ "$candidate" == *: ]] && compopt -o nospace 2>/dev/null
    done < <("${COMP_WORDS[0]}" complete-action "$word" 2>/dev/null)
}
complete -F _stepwright_with_actions -o bashdefault -o default stepwright
"#;

const FISH: &str = r#"
complete -c stepwright -n "__fish_seen_subcommand_from action actions" -f -a "(stepwright complete-action (commandline -ct) 2>/dev/null)"
complete -c stepwright -n "__fish_seen_subcommand_from run" -l assume-read -x -a "(stepwright complete-action (commandline -ct) 2>/dev/null)"
complete -c stepwright -n "__fish_seen_subcommand_from run" -l assume-write -x -a "(stepwright complete-action (commandline -ct) 2>/dev/null)"
"#;

/// In Zsh clap's own function stays what it is under another name, in front of the line that starts it.
fn zsh(generated: &str) -> String {
    const START: &str = "if [ \"$funcstack[1]\" = \"_stepwright\" ]; then";
    const ACTIONS: &str = r#"functions[_stepwright_options]=$functions[_stepwright]
_stepwright() {
    local wants="" word=$words[CURRENT] subcommand="" previous=$words[CURRENT-1]
    (( CURRENT > 2 )) && subcommand=$words[2]
WANTS
    if [[ -n $wants ]]; then
        local -a services actions
        local candidate
        for candidate in ${(f)"$($words[1] complete-action "$word" 2>/dev/null)"}; do
            candidate=${candidate%%$'\t'*}
            if [[ $candidate == *: ]]; then services+=$candidate; else actions+=$candidate; fi
        done
        compadd -S '' -- $services
        compadd -- $actions
    else
        _stepwright_options "$@"
    fi
}

"#;
    match generated.rfind(START) {
        Some(at) => {
            let (functions, start) = generated.split_at(at);
            functions.to_owned() + &ACTIONS.replace("WANTS\n", WANTS) + start
        }
        None => generated.to_owned(),
    }
}
