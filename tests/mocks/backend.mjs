// A mock of openapi-backend: node backend.mjs DOCUMENT PORT. It validates requests, and returns examples.
import { createServer } from 'node:http';
import addFormats from 'ajv-formats';
import { OpenAPIBackend } from 'openapi-backend';

const [definition, port] = process.argv.slice(2);

function invalidResponse(context) {
  const errors = (context.validation.errors ?? []).map((error) => ({
    type: 'validation_error',
    code: 'invalid_parameter',
    message: error.message ?? 'invalid',
    attribute: error.instancePath?.split('/')[2] ?? null,
    url: 'https://example.com/errors',
  }));
  return { status: 422, body: { errors } };
}

const api = new OpenAPIBackend({
  definition,
  quick: true,
  customizeAjv: (ajv) => {
    addFormats(ajv);
    return ajv;
  },
  handlers: {
    notFound: () => ({ status: 404, body: { error: 'Not Found' } }),
    methodNotAllowed: () => ({ status: 405, body: { error: 'Method Not Allowed' } }),
    validationFail: invalidResponse,
    unauthorizedHandler: () => ({ status: 401, body: { error: 'Unauthorized' } }),
    notImplemented: (context) => {
      const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
      return { status, body: mock };
    },
  },
});
api.registerSecurityHandler('project', ({ request }) => /^basic \S+$/i.test(request.headers.authorization ?? ''));
await api.init();

const server = createServer(async (request, response) => {
  const chunks = await readAll(request);
  const url = new URL(request.url, 'http://localhost');
  let answer;
  try {
    answer = await api.handleRequest({
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      body: Buffer.concat(chunks).toString(),
      headers: request.headers,
    });
  } catch {
    answer = { status: 400, body: { error: 'Bad Request' } };
  }
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(answer.status === 204 ? undefined : JSON.stringify(answer.body));
});

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

server.listen(Number(port), '127.0.0.1');
