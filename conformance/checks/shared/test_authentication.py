"""Only the right credentials open, on every operation, before anything else, and without effect otherwise."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from conformance.config.settings import Effort
from conformance.http import credentials as of
from conformance.http.credentials import Credential
from conformance.http.exchange import Exchange
from conformance.results.verdict import NEVER_SEEN, Finding, Unobserved
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import WITH_SESSION, Api
from conformance.testkit.markers import each_of, requirement
from conformance.testkit.traffic import Seen
from conformance.transport.stack import UNKNOWN_ID

Send = Callable[[Credential], Exchange]


@each_of(
    "wrong",
    {
        "API-AUTH-HEADER-REQUIRED": [of.NONE],
        "API-AUTH-USERNAME-IS-PROJECT": [
            of.WRONG_PROJECT,
            of.EMPTY_PROJECT,
            of.EXTENDED_PROJECT,
            of.OTHER_END,
            of.TOKEN_TWICE,
        ],
        "API-AUTH-PASSWORD-IS-TOKEN": [
            of.WRONG_TOKEN,
            of.SAME_LENGTH,
            of.OTHER_START,
            of.PROJECT_TWICE,
        ],
        "API-AUTH-TOKEN-PREFIX": [of.TRUNCATED, of.HALF],
        "API-AUTH-TOKEN-EXTENDED": [of.EXTENDED, of.BLANK_AFTER, of.COLON_AFTER],
        "API-AUTH-SWAPPED": [of.SWAPPED],
        "API-AUTH-EMPTY-TOKEN": [of.EMPTY_TOKEN],
    },
)
def test_wrong_credentials_are_refused(api: Api, wrong: list[Credential]) -> None:
    sendable = _sendable(api, wrong)
    if not sendable:
        raise _not_allowed()
    with _operations(api) as sends:
        for credential, send in _each_way(api, sendable, sends):
            expect.unauthorized(send(credential))


@each_of(
    "wrong",
    {
        "API-AUTH-BEARER-REFUSED": [of.BEARER, of.BEARER_PAIR],
        "API-AUTH-UNKNOWN-SCHEME": [
            of.UNKNOWN_SCHEME,
            of.TOKEN_SCHEME,
            of.NO_SCHEME,
            of.NO_BLANK,
            of.BARE_TOKEN,
        ],
        "API-AUTH-BASE64": [of.NOT_ENCODED],
        "API-AUTH-NO-COLON": [of.NO_COLON],
        "API-AUTH-NOT-BASE64": [of.NOT_BASE64, of.COLON_NOT_ENCODED],
        "API-AUTH-EMPTY-PAIR": [of.EMPTY_PAIR],
        "API-AUTH-EMPTY-CREDENTIALS": [of.EMPTY],
    },
)
def test_what_is_no_credential_is_refused(api: Api, wrong: list[Credential]) -> None:
    with _operations(api) as sends:
        for credential, send in _each_way(api, wrong, sends):
            expect.unauthorized_or_malformed(send(credential))


@requirement("API-AUTH-TOKEN-CASE")
def test_a_token_in_the_other_letter_case_is_refused(api: Api) -> None:
    token = api.wire.target.account.token
    if token.swapcase() == token:
        raise Unobserved("no-letters", "the token has no letters")
    written = {of.OTHER_CASE: token.swapcase(), of.CAPITALS: token.upper(), of.SMALL_LETTERS: token.lower()}
    with _operations(api) as sends:
        wrong = [each for each, text in written.items() if text != token]
        for credential, send in _each_way(api, wrong, sends):
            expect.unauthorized(send(credential))


@requirement("API-AUTH-PROJECT-CASE")
def test_a_project_id_in_the_other_letter_case_is_refused(api: Api) -> None:
    project = api.wire.target.account.project
    if project.swapcase() == project:
        raise Unobserved("no-letters", "the Project ID has no letters")
    expect.unauthorized(api.first.visit(api.first.minimal(), credential=of.OTHER_CASE_PROJECT).created)


@requirement("API-AUTH-BASIC-ACCEPT")
def test_good_credentials_are_accepted(api: Api) -> None:
    with _operations(api) as sends:
        for send in sends:
            expect.authorized(send(of.GOOD))


@requirement("API-AUTH-SCHEME-CASE")
def test_the_scheme_is_matched_in_any_letter_case(api: Api) -> None:
    for word in ("basic", "BASIC"):
        expect.authorized(api.first.visit(api.first.minimal(), credential=of.basic_in(word)).created)


@requirement("API-AUTH-NOT-IN-QUERY")
def test_credentials_in_the_query_do_not_open(api: Api) -> None:
    if not api.wire.target.allow_logged_credentials:
        raise _not_allowed()
    account = api.wire.target.account
    names = (("project_id", "api_token"), ("project", "token"), ("username", "password"))
    for project, token in names:
        query = {project: account.project, token: account.token}
        for collection in api.claimed():
            created = collection.visit(collection.minimal(), credential=of.NONE, query=query).created
            expect.unauthorized(created)


@requirement("API-AUTH-BEFORE-VALIDATION")
def test_credentials_are_checked_before_the_body(api: Api) -> None:
    for collection in api.claimed():
        for credential in (of.NONE, of.WRONG_TOKEN):
            expect.unauthorized(collection.create(collection.incomplete(), credential=credential))
            expect.unauthorized(collection.create(b"{", credential=credential))
            expect.unauthorized(collection.create(collection.minimal(quality="none"), credential=credential))


@requirement("API-AUTH-BEFORE-LOOKUP")
def test_credentials_are_checked_before_the_id(api: Api) -> None:
    for credential in (of.NONE, of.WRONG_TOKEN):
        expect.unauthorized(api.video.get(UNKNOWN_ID, credential=credential))


@requirement("API-AUTH-EVERY-OPERATION")
def test_no_other_operation_opens_without_credentials(api: Api) -> None:
    """A target need not have these operations, so that any refusal will do; what was read stays closed."""
    for collection in api.claimed():
        with collection.existing() as made:
            collection.get(str(made.id))
            queries = (None, WITH_SESSION) if collection is api.video else (None,)
            for credential in (of.NONE, of.WRONG_TOKEN):
                expect.not_opened(collection.page(credential=credential))
                for query in queries:
                    expect.not_opened(collection.get(str(made.id), credential=credential, query=query))
                expect.not_opened(collection.delete(str(made.id), credential=credential))


@requirement("API-AUTH-401-NO-EFFECT")
def test_a_create_without_credentials_creates_nothing(api: Api) -> None:
    """A name identifies one conference: had the first create worked, the second would be refused."""
    wrong = _sendable(api, (of.NONE, of.WRONG_TOKEN, of.WRONG_PROJECT, of.SWAPPED))
    for credential in sampling.few(api.effort, wrong, 2):
        body = api.video.minimal(name=api.fresh_name())
        expect.unauthorized(api.video.create(body, credential=credential))
        expect.accepted(api.video.visit(body).created)


@requirement("API-AUTH-SAME-401-FOR-ALL")
def test_the_401_does_not_tell_what_was_wrong(api: Api) -> None:
    sent = [
        api.video.get(UNKNOWN_ID, credential=each) for each in (of.NONE, of.WRONG_PROJECT, of.WRONG_TOKEN)
    ]
    for exchange in sent:
        expect.unauthorized(exchange)
        if exchange.answer != sent[0].answer:
            raise Finding("the same body as without credentials", exchange, sent[0])


@each_of(
    "operation",
    {name: name.removesuffix("-AUTH") for name in ("VC-CREATE-AUTH", "VC-GET-AUTH", "FCR-CREATE-AUTH")},
)
def test_an_operation_is_refused_without_credentials(seen: Seen, operation: str) -> None:
    for exchange, _ in seen.answers(operation, credentials={of.NONE, of.WRONG_TOKEN}):
        expect.unauthorized(exchange)


@contextmanager
def _operations(api: Api) -> Iterator[list[Send]]:
    """Give each operation in scope as a function of the credentials alone, everything else being right."""
    creates = [_creating(api, collection.prefix) for collection in api.claimed()]
    if api.video not in api.claimed():
        yield creates
        return
    with _conference(api) as identifier:
        yield [*creates, lambda credential: api.video.get(identifier, credential=credential)]


@contextmanager
def _conference(api: Api) -> Iterator[str]:
    """Give the id of a conference that exists: the one with a live session, or else a new one."""
    if api.wire.target.active_session is not None:
        yield api.wire.target.active_session
        return
    with api.video.existing() as created:
        yield str(created.id)


def _each_way(
    api: Api, wrong: Sequence[Credential], sends: Sequence[Send]
) -> Iterator[tuple[Credential, Send]]:
    """Yield each credential with each operation; with one operation in turn, where little is to be sent."""
    for turn, credential in enumerate(wrong):
        in_turn = [sends[turn % len(sends)]] if turn and api.effort is Effort.SMOKE else sends
        yield from ((credential, send) for send in in_turn)


def _sendable(api: Api, wrong: Sequence[Credential]) -> Sequence[Credential]:
    """Return the credentials without the live token as the username, unless that is allowed.

    Servers log usernames. A made-up token shows as well that one is not taken for a Project ID; that the pair
    is not accepted the wrong way round is shown by the live pair alone.
    """
    if api.wire.target.allow_logged_credentials:
        return wrong
    return [of.TOKEN_AS_PROJECT if each is of.TOKEN_TWICE else each for each in wrong if each != of.SWAPPED]


def _not_allowed() -> Unobserved:
    """Return why nothing was sent: the check needs the live credentials where servers log them."""
    return Unobserved(NEVER_SEEN, "--allow-logged-credentials is not given")


def _creating(api: Api, prefix: str) -> Send:
    collection = api.collection(f"{prefix}-CREATE")

    def create(credential: Credential) -> Exchange:
        return collection.visit(collection.minimal(), credential=credential).created

    return create
