"""Checks of authentication: only valid credentials are accepted, on every operation, before anything else."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from conformance.config.settings import Effort
from conformance.http import credentials
from conformance.http.credentials import Credential
from conformance.http.exchange import Exchange
from conformance.results.assertion import Assertion, Rule
from conformance.results.verdict import NOT_OBSERVED, Finding, Inconclusive
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.resource_client import WITH_SESSION
from conformance.testkit.traffic import Traffic
from conformance.transport.stack import UNKNOWN_ID
from spec.capabilities import Capability

Send = Callable[[Credential], Exchange]


@requirements(
    "invalid",
    {
        "API-AUTH-HEADER-REQUIRED": [credentials.NO_CREDENTIALS],
        "API-AUTH-USERNAME-IS-PROJECT": [
            credentials.WRONG_PROJECT,
            credentials.EMPTY_PROJECT,
            credentials.EXTENDED_PROJECT,
            credentials.OTHER_END,
            credentials.TOKEN_TWICE,
        ],
        "API-AUTH-PASSWORD-IS-TOKEN": [
            credentials.WRONG_TOKEN,
            credentials.WRONG_LAST_CHARACTER,
            credentials.WRONG_FIRST_CHARACTER,
            credentials.PROJECT_TWICE,
        ],
        "API-AUTH-TOKEN-PREFIX": [credentials.TRUNCATED, credentials.HALF],
        "API-AUTH-TOKEN-EXTENDED": [
            credentials.EXTENDED,
            credentials.TRAILING_SPACE,
            credentials.TRAILING_COLON,
        ],
        "API-AUTH-SWAPPED": [credentials.SWAPPED],
        "API-AUTH-EMPTY-TOKEN": [credentials.EMPTY_TOKEN],
    },
)
def test_invalid_basic_credentials_are_rejected_with_401(api: ApiClient, invalid: list[Credential]) -> None:
    sendable = _sendable(api, invalid)
    if not sendable:
        raise _logging_not_allowed()
    with _operations(api) as sends:
        for credential, send in _combinations(api, sendable, sends):
            expect.unauthorized(send(credential))


@requirements(
    "malformed",
    {
        "API-AUTH-BEARER-REFUSED": [credentials.BEARER, credentials.BEARER_PAIR],
        "API-AUTH-UNKNOWN-SCHEME": [
            credentials.UNKNOWN_SCHEME,
            credentials.DIGEST,
            credentials.TOKEN_SCHEME,
            credentials.NO_SCHEME,
            credentials.NO_SPACE,
            credentials.BARE_TOKEN,
        ],
        "API-AUTH-BASE64": [credentials.NOT_ENCODED],
        "API-AUTH-NO-COLON": [credentials.NO_COLON],
        "API-AUTH-NOT-BASE64": [credentials.NOT_BASE64, credentials.COLON_NOT_ENCODED],
        "API-AUTH-EMPTY-PAIR": [credentials.EMPTY_PAIR],
        "API-AUTH-EMPTY-CREDENTIALS": [credentials.SCHEME_ONLY, credentials.EMPTY_HEADER],
    },
)
def test_a_malformed_authorization_header_is_rejected_with_401_or_400(
    api: ApiClient, malformed: list[Credential]
) -> None:
    with _operations(api) as sends:
        for credential, send in _combinations(api, malformed, sends):
            expect.unauthorized_or_malformed(send(credential))


@requirement("API-AUTH-TOKEN-CASE")
def test_a_token_in_a_different_letter_case_is_rejected_with_401(api: ApiClient) -> None:
    token = api.transport.target.account.token
    if token.swapcase() == token:
        raise Inconclusive("no-letters", "the token has no letters")
    variants = {
        credentials.SWAPPED_CASE: token.swapcase(),
        credentials.UPPERCASE: token.upper(),
        credentials.LOWERCASE: token.lower(),
    }
    with _operations(api) as sends:
        invalid = [credential for credential, text in variants.items() if text != token]
        for credential, send in _combinations(api, invalid, sends):
            expect.unauthorized(send(credential))


@requirement("API-AUTH-PROJECT-CASE")
def test_a_project_id_in_a_different_letter_case_is_rejected_with_401(api: ApiClient) -> None:
    project = api.transport.target.account.project
    if project.swapcase() == project:
        raise Inconclusive("no-letters", "the Project ID has no letters")
    expect.unauthorized(
        api.any_collection.create_read_delete(
            api.any_collection.minimal(), credential=credentials.SWAPPED_CASE_PROJECT
        ).created
    )


@requirement("API-AUTH-BASIC-ACCEPT")
def test_valid_credentials_are_accepted(api: ApiClient) -> None:
    with _operations(api) as sends:
        for send in sends:
            expect.authorized(send(credentials.VALID))


@requirement("API-AUTH-SCHEME-CASE")
def test_the_scheme_name_is_case_insensitive(api: ApiClient) -> None:
    for scheme in ("basic", "BASIC"):
        expect.authorized(
            api.any_collection.create_read_delete(
                api.any_collection.minimal(), credential=credentials.with_scheme_spelling(scheme)
            ).created
        )


@requirement("API-AUTH-NOT-IN-QUERY")
def test_credentials_in_the_query_string_are_rejected_with_401(api: ApiClient) -> None:
    if not api.transport.target.allow_logged_credentials:
        raise _logging_not_allowed()
    account = api.transport.target.account
    names = (("project_id", "api_token"), ("project", "token"), ("username", "password"))
    for project, token in names:
        query = {project: account.project, token: account.token}
        for collection in api.claimed_collections():
            created = collection.create_read_delete(
                collection.minimal(), credential=credentials.NO_CREDENTIALS, query=query
            ).created
            expect.unauthorized(created)


@requirement("API-AUTH-BEFORE-VALIDATION")
def test_an_invalid_body_without_valid_credentials_is_rejected_with_401(api: ApiClient) -> None:
    for collection in api.claimed_collections():
        for credential in _invalid_credentials(api):
            expect.unauthorized(
                collection.create(collection.without_required_member(), credential=credential)
            )
            expect.unauthorized(collection.create(b"{", credential=credential))
            expect.unauthorized(collection.create(collection.minimal(quality="none"), credential=credential))


@requirement("API-AUTH-BEFORE-LOOKUP")
def test_a_get_of_an_unknown_id_without_valid_credentials_is_rejected_with_401(api: ApiClient) -> None:
    for credential in _invalid_credentials(api):
        expect.unauthorized(api.video.get(UNKNOWN_ID, credential=credential))


@requirement("API-AUTH-EVERY-OPERATION")
def test_list_get_and_delete_without_valid_credentials_do_not_succeed(api: ApiClient) -> None:
    """Any response but a success passes: a target need not support these operations.

    A valid get comes first, to detect a cached response.
    """
    for collection in api.claimed_collections():
        with collection.existing() as created:
            collection.get(str(created.id))
            queries = (None, WITH_SESSION) if collection is api.video else (None,)
            for credential in _invalid_credentials(api):
                if api.has(Capability.LIST):
                    expect.not_successful(collection.list_first_page(credential=credential))
                for query in queries:
                    expect.not_successful(collection.get(str(created.id), credential=credential, query=query))
                if api.has(Capability.DELETE):
                    expect.not_successful(collection.delete(str(created.id), credential=credential))


@requirement("API-AUTH-401-NO-EFFECT")
def test_a_create_without_valid_credentials_creates_no_conference(api: ApiClient) -> None:
    """Names are unique: the second create is accepted only if the first created nothing."""
    wrong = (credentials.WRONG_PROJECT, credentials.SWAPPED) if api.has(Capability.CREDENTIALS) else ()
    invalid = _sendable(api, (*_invalid_credentials(api), *wrong))
    for credential in sampling.subset(api.effort, invalid, 2):
        body = api.video.minimal(name=api.fresh_name())
        expect.unauthorized(api.video.create(body, credential=credential))
        expect.accepted(api.video.create_read_delete(body).created)


@requirement("API-AUTH-SAME-401-FOR-ALL")
def test_the_body_of_a_401_is_the_same_for_all_invalid_credentials(api: ApiClient) -> None:
    invalid = (credentials.NO_CREDENTIALS, credentials.WRONG_PROJECT, credentials.WRONG_TOKEN)
    first, *_ = exchanges = [_request_with_any(api, credential) for credential in invalid]
    for exchange in exchanges:
        expect.unauthorized(exchange)
        if exchange.response_json != first.response_json:
            assertion = Assertion(Rule.EQUAL, earlier=first)
            raise Finding("the same body as without credentials", exchange, first, assertion=assertion)


@requirements(
    "operation",
    {name: name.removesuffix("-AUTH") for name in ("VC-CREATE-AUTH", "VC-GET-AUTH", "FCR-CREATE-AUTH")},
)
def test_an_operation_without_valid_credentials_is_rejected_with_401(
    traffic: Traffic, operation: str
) -> None:
    for exchange, _ in traffic.responses(
        operation, credentials={credentials.NO_CREDENTIALS, credentials.WRONG_TOKEN}
    ):
        expect.unauthorized(exchange)


def _request_with_any(api: ApiClient, credential: Credential) -> Exchange:
    """Send a request of a claimed profile with invalid credentials; a get of a room need not be supported."""
    if api.video in api.claimed_collections():
        return api.video.get(UNKNOWN_ID, credential=credential)
    return _create_with(api, api.fabric.prefix)(credential)


@contextmanager
def _operations(api: ApiClient) -> Iterator[list[Send]]:
    """Yield the claimed operations as functions of the credentials, with otherwise valid requests."""
    creates = [_create_with(api, collection.prefix) for collection in api.claimed_collections()]
    if api.video not in api.claimed_collections():
        yield creates
        return
    with _conference(api) as identifier:
        yield [*creates, lambda credential: api.video.get(identifier, credential=credential)]


@contextmanager
def _conference(api: ApiClient) -> Iterator[str]:
    """Yield the id of an existing conference: the one with an active session, or a new one."""
    if api.transport.target.active_session is not None:
        yield api.transport.target.active_session
        return
    with api.video.existing() as created:
        yield str(created.id)


def _combinations(
    api: ApiClient, invalid: Sequence[Credential], sends: Sequence[Send]
) -> Iterator[tuple[Credential, Send]]:
    """Yield each credential with each operation; at --effort smoke, all but the first with one operation."""
    for index, credential in enumerate(invalid):
        selected = [sends[index % len(sends)]] if index and api.effort is Effort.SMOKE else sends
        yield from ((credential, send) for send in selected)


def _invalid_credentials(api: ApiClient) -> tuple[Credential, ...]:
    """Return no credentials and, unless the target accepts any, wrong ones."""
    wrong = (credentials.WRONG_TOKEN,) if api.has(Capability.CREDENTIALS) else ()
    return (credentials.NO_CREDENTIALS, *wrong)


def _sendable(api: ApiClient, invalid: Sequence[Credential]) -> Sequence[Credential]:
    """Return the credentials without the valid token as the username, unless that is allowed.

    Servers log usernames. An invented token in its place also shows that a token is not accepted as a Project
    ID; only the valid pair can show that swapped credentials are rejected.
    """
    if api.transport.target.allow_logged_credentials:
        return invalid
    return [
        credentials.TOKEN_AS_PROJECT if credential is credentials.TOKEN_TWICE else credential
        for credential in invalid
        if credential != credentials.SWAPPED
    ]


def _logging_not_allowed() -> Inconclusive:
    """Return the reason for sending nothing: the check needs valid credentials where servers log them."""
    return Inconclusive(NOT_OBSERVED, "requires --allow-logged-credentials")


def _create_with(api: ApiClient, prefix: str) -> Send:
    collection = api.collection(f"{prefix}-CREATE")

    def create(credential: Credential) -> Exchange:
        return collection.create_read_delete(collection.minimal(), credential=credential).created

    return create
