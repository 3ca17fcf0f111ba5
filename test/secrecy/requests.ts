import diagnostics from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { LocalDeployment } from '../../sandbox/deployment/local-deployment.ts';
import type { CanaryRecorder } from './recorder.ts';

/** Node.js publishes every request that arrives at a server of this process here. */
const CHANNEL = 'http.server.request.start';

type Parts = Pick<LocalDeployment, 'zoho' | 'aws'>;

interface RecordedRequest {
  readonly origin: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Notes every request to a server of this process until the returned function is called, except the four places in which
 * a secret is sent by design.
 */
export function listenToRequests(recorder: CanaryRecorder, deployment: Parts): () => void {
  const onStart = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const { path, headers, body } = withoutSecretsByDesign(readRequest(request, chunks), deployment);
      recorder.note('request, URL', path);
      recorder.note('request, headers', JSON.stringify(headers));
      recorder.note('request, body', body);
    });
  };
  diagnostics.subscribe(CHANNEL, onStart);
  return () => diagnostics.unsubscribe(CHANNEL, onStart);
}

function readRequest(request: IncomingMessage, chunks: readonly Buffer[]): RecordedRequest {
  const sent = Buffer.concat(chunks);
  const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  return {
    origin: `http://127.0.0.1:${request.socket.localPort}`,
    path: request.url ?? '',
    headers: request.headers,
    body: bytes.toString(),
  };
}

/**
 * - credentials go to Zoho's token endpoint, in the body
 * - an access token goes to Secrets Manager, as the value of a new version
 * - an access token goes to KMS, to be encrypted
 * - an access token goes to Zoho's APIs, in the header `Authorization`
 */
function withoutSecretsByDesign(request: RecordedRequest, { zoho, aws }: Parts): RecordedRequest {
  const isForZoho = Object.values(zoho.origins).includes(request.origin);
  const isPut = request.headers['x-amz-target'] === 'secretsmanager.PutSecretValue';
  if (isForZoho && request.path === '/oauth/v2/token') return { ...request, body: '' };
  if (isForZoho) return { ...request, headers: { ...request.headers, authorization: undefined } };
  if (request.headers['x-amz-target'] === 'TrentService.Encrypt' && request.origin === aws.kms.endpoint) {
    return { ...request, body: JSON.stringify({ ...JSON.parse(request.body), Plaintext: undefined }) };
  }
  if (isPut && request.origin === aws.secretsManager.endpoint) {
    return { ...request, body: JSON.stringify({ ...JSON.parse(request.body), SecretString: undefined }) };
  }
  return request;
}
