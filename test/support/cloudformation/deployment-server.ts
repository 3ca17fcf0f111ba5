import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeploymentApi, REGION } from './deployment-api.ts';
import type { SimulatedAccount, StackOutcome } from './simulated-account.ts';

/** AWS as `cdk deploy` and `cdk destroy` use it, on loopback. */
export interface DeploymentServer {
  /** For the environment of a process that deploys. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the operations on stacks did, in their order. */
  readonly outcomes: readonly (StackOutcome & { readonly stack: string })[];
  /** The next deployment of a stack fails at this resource. */
  refuseNext(logicalId: string): void;
  close(): Promise<void>;
}

/** Serves CloudFormation on a simulated account, with as much of STS, S3 and SSM as the CDK needs. */
export async function startDeploymentServer(account: SimulatedAccount): Promise<DeploymentServer> {
  const api = new DeploymentApi(account);
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const { status, body: text, headers } = api.answer(request, body);
      response.writeHead(status, { 'x-amzn-requestid': randomUUID(), ...headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://localhost:${port}`,
      AWS_ACCESS_KEY_ID: 'simulated',
      AWS_SECRET_ACCESS_KEY: 'simulated',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    outcomes: api.outcomes,
    refuseNext: (logicalId) => {
      api.refuse = logicalId;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
