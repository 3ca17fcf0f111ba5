import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./moto_server.py', import.meta.url));
const START_LIMIT_MS = 50_000;

/** The name of tests that are skipped without moto, with how to install it. */
export const NO_MOTO =
  "skipped because moto, a second emulator of AWS, is not installed: pip install 'moto[server]>=5.2'";

/** moto, a second emulator of AWS: it shares neither code nor authors with the sandbox. */
export interface Moto {
  readonly endpoint: string;
  /** Sets whether calls need the signature of a known principal and a policy that allows them. @default false */
  enforceIam(enforced: boolean): Promise<void>;
  /** Calls an API for which this project has no SDK client. Unsigned, so refused while IAM is enforced. */
  query(
    service: 'iam' | 'sts',
    action: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<unknown>;
  stop(): void;
}

/** Starts moto's server. Returns undefined if it is not installed; throws if it is installed but does not start. */
export async function startMoto(): Promise<Moto | undefined> {
  const child = spawn('python3', [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = () => {
    child.kill('SIGKILL');
  };
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([first]) => String(first)),
    once(child, 'close').then(
      () => 'ended',
      // python3 is not installed.
      () => 'missing',
    ),
    delay(START_LIMIT_MS, 'too slow', { ref: false }),
  ]);
  if (line === 'missing') {
    console.warn(NO_MOTO);
    return undefined;
  }
  if (!/^\d+$/.test(line)) {
    stop();
    throw new Error(`moto is installed but does not start: ${line}`);
  }
  return { ...controlsOf(`http://127.0.0.1:${line}`), stop };
}

function controlsOf(endpoint: string): Omit<Moto, 'stop'> {
  const post = async (path: string, body: string | URLSearchParams, headers: Record<string, string> = {}) => {
    const response = await fetch(`${endpoint}${path}`, { method: 'POST', headers, body });
    const answer = await response.text();
    if (!response.ok) throw new Error(`moto answers ${path} with ${response.status}: ${answer}`);
    return answer;
  };
  return {
    endpoint,
    enforceIam: async (enforced) => {
      await post('/moto-api/reset-auth', enforced ? '0' : 'inf');
    },
    query: async (service, action, parameters) => {
      const scope = `sandbox/20260105/eu-west-1/${service}/aws4_request`;
      const form = new URLSearchParams({ Action: action, ContentType: 'JSON', ...parameters });
      return JSON.parse(await post('/', form, { authorization: `AWS4-HMAC-SHA256 Credential=${scope}` }));
    },
  };
}
