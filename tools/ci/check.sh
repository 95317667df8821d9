#!/usr/bin/env bash
# Checks a policy in a job of GitHub, GitLab or Azure Pipelines: check.sh STEP, with the steps in this order:
#
#   install  check the settings and install policylint into a folder of its own
#   lint     the findings
#   test     the tests of the policy
#   diff     whose access the branch changes; only with a base
#   plan     what would change in Exchange; only with a snapshot
#   report   the summary of the job, the text of the comment, and the outputs
#   comment  one comment on the pull request, which the next run replaces
#   result   end with the exit code of what failed
#
# The settings are variables CHECK_... (see SETTINGS); `install` keeps them for the other steps. lint, test, diff and
# plan end with 0 and keep their exit code for `result`, so that each of them runs.
#
#   fork-comment  in a run after that of a fork: post the comment that its run has left as an artifact
set -euo pipefail

SETTINGS=(CONFIG ENV NAME SNAPSHOT BASE STRICT ONLY_NEW FAIL_ON COMMENT SARIF PYTHON COMMIT)
readonly SETTINGS
readonly MAX_LINT=10000 MAX_TEST=8000 MAX_DIFF=12000 MAX_PLAN=32000
readonly DENIED=10 TOO_LONG=11 GONE=12 AGAIN=13

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
if [[ -n ${GITHUB_ACTIONS:-} ]]; then
    place=github
elif [[ -n ${GITLAB_CI:-} ]]; then
    place=gitlab
elif [[ -n ${TF_BUILD:-} ]]; then
    place=azure
else
    place=other
fi
readonly here place

# Texts are fixed: what somebody else has written is never among them.
say() {
    local level=$1 text=$2
    case $place-$level in
        github-error | github-warning) printf '::%s title=policylint::%s\n' "$level" "$text" ;;
        azure-error | azure-warning) printf '##vso[task.logissue type=%s]policylint: %s\n' "$level" "$text" ;;
        *) printf 'policylint: %s: %s\n' "$level" "$text" >&2 ;;
    esac
}

fail() {
    say error "$1"
    exit "${2:-3}"
}

set_output() {
    [[ -n ${GITHUB_OUTPUT:-} ]] || return 0
    [[ -n ${end:-} ]] || end="end_$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
    printf '%s<<%s\n%s\n%s\n' "$1" "$end" "$2" "$end" >>"$GITHUB_OUTPUT"
}

# --- settings ---------------------------------------------------------------------------------------------------------

require_line() {
    [[ $2 != *[[:cntrl:]]* ]] || fail "$1 must be one line without control characters"
    [[ $2 != -* ]] || fail "$1 must not begin with \`-\`"
}

require_choice() {
    local name=$1 value=$2 choice
    shift 2
    for choice; do
        [[ $value != "$choice" ]] || return 0
    done
    fail "$name must be one of: $*"
}

# A tag may be called origin/main, and git would take that one: branches are named in full.
default_base() {
    case $place in
        github) [[ -z ${GITHUB_BASE_REF:-} ]] || echo "refs/remotes/origin/$GITHUB_BASE_REF" ;;
        gitlab) echo "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}" ;;
        azure) [[ -z ${SYSTEM_PULLREQUEST_TARGETBRANCH:-} ]] || echo "refs/remotes/origin/${SYSTEM_PULLREQUEST_TARGETBRANCH#refs/heads/}" ;;
    esac
}

# What tells the comment from those of other jobs: the name, or the path of policylint.yaml and the environment.
default_name() {
    local given="$CHECK_CONFIG${CHECK_ENV:+ $CHECK_ENV}" plain
    plain=${given//[^0-9A-Za-z ._\/-]/_}
    plain=${plain//--/__}
    plain=${plain:0:60}
    [[ $plain == "$given" ]] || plain="$plain $(printf %s "$given" | cksum | cut -d " " -f 1)"
    echo "$plain"
}

check_settings() {
    local name
    for name in "${SETTINGS[@]}"; do
        name=CHECK_$name
        printf -v "$name" '%s' "${!name:-}"
    done
    [[ -n $CHECK_BASE ]] || CHECK_BASE=$(default_base)
    [[ -n $CHECK_COMMIT ]] || CHECK_COMMIT=${CI_COMMIT_SHA:-${SYSTEM_PULLREQUEST_SOURCECOMMITID:-${GITHUB_SHA:-}}}
    : "${CHECK_STRICT:=false}" "${CHECK_ONLY_NEW:=false}" "${CHECK_FAIL_ON:=nothing}" "${CHECK_COMMENT:=false}" "${CHECK_PYTHON:=python3}"

    require_line config "$CHECK_CONFIG"
    require_line env "$CHECK_ENV"
    [[ -n $CHECK_NAME ]] || CHECK_NAME=$(default_name)
    require_line name "$CHECK_NAME"
    [[ $CHECK_NAME =~ ^[0-9A-Za-z\ ._/-]{0,80}$ && $CHECK_NAME != *--* ]] || fail "name must be at most 80 letters, digits, blanks and \`._/-\`, without \`--\`"
    require_line snapshot "$CHECK_SNAPSHOT"
    require_line base "$CHECK_BASE"
    require_line sarif "$CHECK_SARIF"
    require_line python "$CHECK_PYTHON"
    require_choice strict "$CHECK_STRICT" true false
    require_choice only-new "$CHECK_ONLY_NEW" true false
    require_choice comment "$CHECK_COMMENT" true false
    require_choice fail-on "$CHECK_FAIL_ON" nothing looser stricter any
    [[ $CHECK_COMMIT =~ ^[0-9a-f]{40,64}$ ]] || CHECK_COMMIT=""
    [[ $CHECK_ONLY_NEW == false || -n $CHECK_BASE ]] || CHECK_ONLY_NEW=false
}

keep_settings() {
    local name
    for name in "${SETTINGS[@]}"; do
        name=CHECK_$name
        printf '%s=%s\n' "$name" "${!name}"
    done >"$work/settings"
}

load_settings() {
    [[ -f $work/settings ]] || fail "the step \`install\` has not run, or has failed"
    local line
    while IFS= read -r line; do
        printf -v "${line%%=*}" '%s' "${line#*=}"
    done <"$work/settings"
    options=()
    [[ -z $CHECK_CONFIG ]] || options+=("--config=$CHECK_CONFIG")
    [[ -z $CHECK_ENV ]] || options+=("--env=$CHECK_ENV")
    [[ -z $CHECK_SNAPSHOT ]] || options+=("--snapshot=$CHECK_SNAPSHOT")
    readonly options
}

# --- the checks -------------------------------------------------------------------------------------------------------

make_work() {
    mkdir -p "$work"
    chmod 700 "$work"
}

step_install() {
    [[ $place != azure ]] || printf '##vso[task.setvariable variable=policylintInstalled]false\n'
    check_settings
    # Two uses in a job have a folder each.
    [[ -n ${CHECK_WORK:-} || -z $CHECK_NAME ]] || work=$work-$(printf %s "$CHECK_NAME" | cksum | cut -d " " -f 1)
    make_work
    find "$work" -mindepth 1 -maxdepth 1 ! -name venv -exec rm -rf {} +
    if [[ ! -x $work/venv/bin/policylint ]]; then
        "$CHECK_PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or later is needed: set \`python\`"
        "$CHECK_PYTHON" -I -m venv "$work/venv" || fail "the virtual environment could not be made" 4
        "$work/venv/bin/python" -I -m pip install --quiet --disable-pip-version-check "$here/../.." || fail "policylint could not be installed" 4
    fi
    keep_settings
    # A check that dies has not passed: each is one that could not run until it says otherwise.
    local name
    for name in lint test diff plan; do
        echo 4 >"$work/$name.code"
    done
    set_output work "$work"
    [[ $place != azure ]] || printf '##vso[task.setvariable variable=policylintWork]%s\n##vso[task.setvariable variable=policylintInstalled]true\n' "$work"
}

run() {
    local name=$1 code=0
    shift
    "$work/venv/bin/policylint" "$@" || code=$?
    ((code <= 4)) || code=4
    printf '%s\n' "$code" >"$work/$name.code"
}

# Moves a report out of the work folder. What the branch has put there is no link that is followed: a link of the name is
# replaced, and the folder must be in the repository, unless it is given from the root.
put() {
    local from=$1 to=$2 folder
    [[ -f $from ]] || return 0
    folder=$(cd -P -- "$(dirname -- "$to")" 2>/dev/null && pwd -P) || fail "the folder of a report is not there: $(basename -- "$from")"
    [[ $to == /* || $folder/ == "$(pwd -P)"/* ]] || fail "the folder of a report leads out of the repository"
    [[ ! -d $to || -L $to ]] || fail "a report cannot be written: a folder has its name"
    rm -f -- "$to"
    mv -- "$from" "$to"
}

step_lint() {
    local arguments=("--format=text" "--format=json=$work/lint.json" "--format=markdown=$work/lint.md" --max-size="$MAX_LINT")
    case $place in
        github | azure) arguments+=("--format=$place") ;;
        gitlab) arguments+=("--format=gitlab=$work/codequality.json") ;;
    esac
    [[ -z $CHECK_SARIF ]] || arguments+=("--format=sarif=$work/lint.sarif")
    [[ $CHECK_STRICT == false ]] || arguments+=(--strict)
    [[ -z $CHECK_BASE ]] || arguments+=("--base=$CHECK_BASE")
    [[ -z $CHECK_BASE || $CHECK_ONLY_NEW == true ]] || arguments+=(--all)
    run lint lint "${arguments[@]}" ${options[@]+"${options[@]}"}
    put "$work/codequality.json" policylint-codequality.json
    [[ -z $CHECK_SARIF ]] || put "$work/lint.sarif" "$CHECK_SARIF"
}

step_test() {
    local arguments=("--format=text" "--format=json=$work/test.json" "--format=markdown=$work/test.md" --max-size="$MAX_TEST")
    case $place in
        github) arguments+=(--format=github) ;;
        gitlab) arguments+=("--format=junit=$work/tests.xml") ;;
        azure) arguments+=(--format=azure "--format=junit=$work/tests.xml") ;;
    esac
    run test test "${arguments[@]}" ${options[@]+"${options[@]}"}
    put "$work/tests.xml" policylint-tests.xml
}

# The log of diff and plan gets what the comment gets: their text names mailboxes and devices of the snapshot.
step_diff() {
    if [[ -z $CHECK_BASE ]]; then
        rm -f "$work/diff.code"
        echo "diff: not run, because there is no base to compare with"
        return
    fi
    local arguments=("--base=$CHECK_BASE" "--format=markdown=$work/diff.md" "--format=json=$work/diff.json" --max-size="$MAX_DIFF")
    [[ $CHECK_FAIL_ON == nothing ]] || arguments+=("--fail-on=$CHECK_FAIL_ON")
    run diff diff "${arguments[@]}" ${options[@]+"${options[@]}"}
    [[ ! -f $work/diff.md ]] || cat "$work/diff.md"
}

step_plan() {
    if [[ -z $CHECK_SNAPSHOT ]]; then
        rm -f "$work/plan.code"
        echo "plan: not run, because there is no snapshot"
        return
    fi
    local arguments=("--format=markdown=$work/plan.md" "--format=json=$work/plan.json" --max-size="$MAX_PLAN")
    [[ -z $CHECK_BASE ]] || arguments+=("--base=$CHECK_BASE")
    run plan plan "${arguments[@]}" ${options[@]+"${options[@]}"}
    [[ ! -f $work/plan.md ]] || cat "$work/plan.md"
}

# --- what is told -----------------------------------------------------------------------------------------------------

text() {
    local python=$work/venv/bin/python
    [[ -x $python ]] || python=python3
    "$python" -I -S "$here/comment.py" "$@"
}

step_report() {
    mkdir -p "$work/comment"
    text assemble "$work" "$CHECK_COMMIT" "$CHECK_NAME" >"$work/outputs"
    local name value
    while IFS='=' read -r name value; do
        set_output "$name" "$value"
    done <"$work/outputs"
    set_output comment-folder "$work/comment"
    [[ ! ${CHECK_NUMBER:-} =~ ^[0-9]{1,10}$ ]] || printf '%s\n' "$CHECK_NUMBER" >"$work/comment/number"
    [[ -z ${GITHUB_STEP_SUMMARY:-} ]] || cat "$work/comment/comment.md" >>"$GITHUB_STEP_SUMMARY"
    [[ $place != azure ]] || printf '##vso[task.uploadsummary]%s\n' "$work/comment/comment.md"
}

step_result() {
    local code worst=0 name
    for name in lint test diff plan; do
        [[ -f $work/$name.code ]] || continue
        read -r code <"$work/$name.code" || code=4  # no room on the disk, or ended while it was written
        ((code <= worst)) || worst=$code
    done
    # JUnit and code quality are what the places read; the rest names people.
    rm -f "$work/plan.json" "$work/lint.json" "$work/test.json" "$work/diff.json"
    exit "$worst"
}

# --- the comment ------------------------------------------------------------------------------------------------------

step_comment() {
    [[ $CHECK_COMMENT == true ]] || return 0
    [[ -f $work/comment/comment.md ]] || fail "there is no text: the step \`report\` has not run" 4
    post
}

# A comment that cannot be written fails no check.
post() {
    local try code=0
    for try in 1 2 3; do
        code=0
        "post_on_$place" || code=$?
        [[ $code == "$AGAIN" ]] || break
        [[ $try == 3 ]] || sleep "${CHECK_RETRY_SECONDS:-$((try * 20))}"
    done
    case $code in
        0) ;;
        "$DENIED") say warning "no comment: the token may not write one (see \"Comments\" in docs/ci.md)" ;;
        "$TOO_LONG") say warning "no comment: its text was refused" ;;
        "$GONE") say warning "no comment: the pull request was not found" ;;
        *) say warning "no comment: the service did not answer, or a limit of requests was reached" ;;
    esac
}

post_on_other() {
    return "$DENIED"
}

# Writes the comment over the first of the comments that are ours, or anew, and deletes the others. `send` is the
# function of the place: send (update ID | create 0 | delete ID) [BODY].
replace() {
    local send=$1 me=$2 id done=false code ids
    ids=$(text prepare "$place" "$me" "$work" "${CHECK_NAME:-}") || return "$AGAIN"
    for id in $ids; do
        if [[ $done == true ]]; then
            "$send" delete "$id" || true
            continue
        fi
        code=0
        write "$send" update "$id" || code=$?
        case $code in
            0) done=true ;;
            "$GONE") ;;
            *) return "$code" ;;
        esac
    done
    [[ $done == true ]] || write "$send" create 0
}

write() {
    local code=0
    "$1" "$2" "$3" "$work/$2-comment.json" || code=$?
    if [[ $code == "$TOO_LONG" ]]; then
        code=0
        "$1" "$2" "$3" "$work/$2-short.json" || code=$?
    fi
    return "$code"
}

github() {
    local code=0 host=${GITHUB_SERVER_URL:-https://github.com}
    host=${host#*://}
    host=${host%%/*}
    GH_HOST=$host GH_ENTERPRISE_TOKEN=${GH_TOKEN:-} gh api -H "X-GitHub-Api-Version: 2022-11-28" "$@" 2>"$work/api.err" || code=$?
    [[ $code != 0 ]] || return 0
    if grep -qiE 'rate limit|HTTP (429|5[0-9][0-9])' "$work/api.err"; then
        return "$AGAIN"
    elif grep -qE 'HTTP 422' "$work/api.err"; then
        return "$TOO_LONG"
    elif grep -qE 'HTTP (401|403)' "$work/api.err"; then
        return "$DENIED"
    elif grep -qE 'HTTP (404|410)' "$work/api.err"; then
        return "$GONE"
    fi
    return "$AGAIN"
}

send_to_github() {
    case $1 in
        update) github --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$2" --input "$3" >/dev/null ;;
        create) github --method POST "repos/$GITHUB_REPOSITORY/issues/$CHECK_NUMBER/comments" --input "$3" >/dev/null ;;
        delete) github --method DELETE "repos/$GITHUB_REPOSITORY/issues/comments/$2" >/dev/null ;;
    esac
}

post_on_github() {
    if [[ ! ${CHECK_NUMBER:-} =~ ^[0-9]{1,10}$ ]]; then
        echo "comment: not written, because this run is not of a pull request"
        return 0
    fi
    github --paginate "repos/$GITHUB_REPOSITORY/issues/$CHECK_NUMBER/comments?per_page=100" >"$work/list.json" || return $?
    replace send_to_github "${CHECK_AUTHOR:-github-actions[bot]}"
}

# The token is not an argument, which other processes could see, and no redirect is followed with it.
request() {
    local method=$1 address=$2 answer=$3 body=${4:-} status arguments=()
    [[ -z $body ]] || arguments=(--header "Content-Type: application/json" --data-binary "@$body")
    status=$(curl --silent --max-time 60 --request "$method" --header "@$work/header" --output "$answer" \
        --write-out '%{http_code}' ${arguments[@]+"${arguments[@]}"} "$address") || status=000
    case $status in
        203 | 3?? | 401 | 403) return "$DENIED" ;;
        2??) return 0 ;;
        404 | 410) return "$GONE" ;;
        400 | 413 | 422) return "$TOO_LONG" ;;
        *) return "$AGAIN" ;;
    esac
}

# Written before each use and read by curl only; the folder is closed to other users.
with_header() {
    printf '%s\n' "$1" >"$work/header"
    shift
    local code=0
    "$@" || code=$?
    rm -f "$work/header"
    return "$code"
}

send_to_gitlab() {
    local notes="$CI_API_V4_URL/projects/$CI_MERGE_REQUEST_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
    case $1 in
        update) request PUT "$notes/$2" "$work/answer" "$3" ;;
        create) request POST "$notes" "$work/answer" "$3" ;;
        delete) request DELETE "$notes/$2" "$work/answer" ;;
    esac
}

replace_on_gitlab() {
    local notes="$CI_API_V4_URL/projects/$CI_MERGE_REQUEST_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes" page me
    request GET "$CI_API_V4_URL/user" "$work/answer" || return $?
    me=$(text me gitlab "$work/answer") || return "$AGAIN"
    : >"$work/list.json"
    for ((page = 1; page <= 100; page++)); do
        request GET "$notes?per_page=100&sort=asc&order_by=created_at&page=$page" "$work/answer" || return $?
        [[ $(<"$work/answer") != "[]" ]] || break
        cat "$work/answer" >>"$work/list.json"
    done
    replace send_to_gitlab "$me"
}

post_on_gitlab() {
    if [[ ! ${CI_MERGE_REQUEST_IID:-} =~ ^[0-9]{1,10}$ || ! ${CI_MERGE_REQUEST_PROJECT_ID:-} =~ ^[0-9]{1,20}$ ]]; then
        echo "comment: not written, because this job is not of a merge request"
        return 0
    fi
    if [[ -z ${POLICYLINT_TOKEN:-} ]]; then
        echo "comment: not written, because there is no variable POLICYLINT_TOKEN with a project access token"
        return 0
    fi
    with_header "PRIVATE-TOKEN: $POLICYLINT_TOKEN" replace_on_gitlab
}

azure_threads() {
    echo "$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads$1?api-version=7.1"
}

send_to_azure() {
    local thread=${2%/*} comment=${2#*/}
    case $1 in
        update) request PATCH "$(azure_threads "/$thread/comments/$comment")" "$work/answer" "$3" ;;
        create) request POST "$(azure_threads "")" "$work/answer" "$3" ;;
        delete) request DELETE "$(azure_threads "/$thread/comments/$comment")" "$work/answer" ;;
    esac
}

replace_on_azure() {
    local me
    request GET "${SYSTEM_COLLECTIONURI}_apis/connectionData" "$work/answer" || return $?
    me=$(text me azure "$work/answer") || return "$AGAIN"
    request GET "$(azure_threads "")" "$work/list.json" || return $?
    replace send_to_azure "$me"
}

post_on_azure() {
    if [[ ! ${SYSTEM_PULLREQUEST_PULLREQUESTID:-} =~ ^[0-9]{1,10}$ || ${BUILD_REPOSITORY_PROVIDER:-} != TfsGit ]]; then
        echo "comment: not written, because this run is not of a pull request in Azure Repos"
        return 0
    fi
    [[ -n ${SYSTEM_ACCESSTOKEN:-} ]] || return "$DENIED"
    with_header "Authorization: Bearer $SYSTEM_ACCESSTOKEN" replace_on_azure
}

# What the run of a fork has left is data: it is read with limits, never unpacked to disk, and made harmless.
step_fork_comment() {
    make_work
    mkdir -p "$work/comment"
    [[ ${CHECK_RUN:-} =~ ^[0-9]{1,20}$ ]] || fail "run-id must be the number of a run"
    [[ ${CHECK_HEAD:-} =~ ^[0-9a-f]{40}$ ]] || fail "head-sha must be a commit"
    [[ ${CHECK_HEAD_REPOSITORY:-} =~ ^[0-9A-Za-z._-]+/[0-9A-Za-z._-]+$ ]] || fail "head-repository must be the name of a repository"
    [[ ${CHECK_ARTIFACT:=policylint-comment} =~ ^[0-9A-Za-z._-]{1,80}$ ]] || fail "artifact must be at most 80 letters, digits and \`._-\`"
    [[ $CHECK_HEAD_REPOSITORY != "$GITHUB_REPOSITORY" ]] || fail "head-repository is this repository: its own runs write their comment"
    local artifact
    github "repos/$GITHUB_REPOSITORY/actions/runs/$CHECK_RUN/artifacts?per_page=100" >"$work/artifacts.json" || fail "the artifacts of the run could not be listed" 4
    artifact=$(text artifact "$work/artifacts.json" "$CHECK_ARTIFACT") || fail "the run has left no comment of a size that is read" 4
    github "repos/$GITHUB_REPOSITORY/actions/artifacts/$artifact/zip" >"$work/artifact.zip" || fail "the comment could not be downloaded" 4
    text unpack "$work/artifact.zip" "$work/comment" >"$work/unpacked" || fail "the artifact is not a comment of policylint" 4
    IFS='=' read -r CHECK_NUMBER CHECK_NAME <"$work/unpacked"
    github "repos/$GITHUB_REPOSITORY/pulls/$CHECK_NUMBER" >"$work/pull.json" || fail "the pull request was not found" 4
    text pull "$work/pull.json" "$CHECK_HEAD" "$GITHUB_REPOSITORY" "$CHECK_HEAD_REPOSITORY" || fail "the pull request is not the one of this run, or has newer commits" 4
    post
}

work=${CHECK_WORK:-${RUNNER_TEMP:-${AGENT_TEMPDIRECTORY:-}}}
[[ -n $work ]] || fail "there is no folder to work in: set CHECK_WORK"
[[ -n ${CHECK_WORK:-} ]] || work=$work/policylint

case ${1:-} in
    install) step_install ;;
    fork-comment) step_fork_comment ;;
    lint | test | diff | plan | report | comment | result)
        load_settings
        "step_$1"
        ;;
    *) fail "unknown step: see the head of check.sh" ;;
esac
