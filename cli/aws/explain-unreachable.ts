import type { AwsCall } from '../../lambdas/adapters/aws-errors.ts';
import { CliError } from '../cli-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of errors without an answer. Source: Node.js, "Common system errors" and "DNS"; the SDK's HTTP handler. */
const NO_ANSWER =
  /^(E(AI_AGAIN|CONNABORTED|CONNREFUSED|CONNRESET|HOSTDOWN|HOSTUNREACH|NETDOWN|NETUNREACH|NOTFOUND|PIPE|TIMEDOUT)|TimeoutError|AbortError)$/;
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;
/** Alerts and errors of the handshake, as OpenSSL names them. */
const NO_TLS = /^(ERR_SSL_|EPROTO$)/;

/** An error of the way to AWS, as an error for the user; undefined when AWS has answered. */
export function explainUnreachable(
  { action, errorName }: Pick<AwsCall, 'action'> & { readonly errorName: string },
  environment: Environment,
): CliError | undefined {
  if (errorName === 'ERR_INVALID_URL') {
    return new CliError(
      'An endpoint of AWS is not a URL (value omitted).',
      'Check AWS_ENDPOINT_URL and endpoint_url in the AWS configuration file.',
    );
  }
  if (UNTRUSTED.test(errorName)) {
    return new CliError(
      `The certificate of AWS's server is not trusted here (${errorName}).`,
      'If a proxy inspects your traffic, set NODE_EXTRA_CA_CERTS to the file with its certificate.',
    );
  }
  if (NO_TLS.test(errorName)) {
    return new CliError(
      `No TLS connection to AWS's server is possible from here (${errorName}).`,
      'A proxy or firewall in between may not support TLS 1.2 or newer, or may not speak TLS at all: ask who runs it.',
    );
  }
  if (!NO_ANSWER.test(errorName)) return undefined;
  const { AWS_ENDPOINT_URL: endpoint = '', ZOHO_SANDBOX_URL: sandbox = '' } = environment;
  const host = URL.canParse(endpoint) ? new URL(endpoint).host : undefined;
  if (host === undefined) {
    return new CliError(
      `AWS cannot be reached: ${action} got no answer (${errorName}).`,
      'Check your network connection, VPN and firewall, and that the region exists (--region, AWS_REGION).',
    );
  }
  return sandbox === ''
    ? new CliError(
        `AWS_ENDPOINT_URL cannot be reached: ${action} got no answer from ${host} (${errorName}).`,
        'Check AWS_ENDPOINT_URL, or unset it to work with AWS itself.',
      )
    : new CliError(
        `The sandbox cannot be reached: ${action} got no answer from ${host} (${errorName}).`,
        'Start it: npm start -- --serve. To work with AWS itself, unset the variables that it printed.',
      );
}
