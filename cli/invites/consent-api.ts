import { InvokeCommand } from '@aws-sdk/client-lambda';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import { addressParameterName } from '../../lambdas/core/deployment-address.ts';
import type {
  CallersRequest,
  ConsentErrorCode,
  CreatedInvite,
  InviteList,
  InviteView,
} from '../../lambdas/core/invites/consent-requests.ts';
import { isJsonObject, parseJsonObject, textOf } from '../../lambdas/core/json.ts';
import { toSingleLine } from '../../lambdas/core/single-line.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { CliError } from '../cli-error.ts';
import type { DeployedConsent, Deployment } from '../deployment/deployment.ts';
import type { Session } from '../session.ts';

/** The answer to each action. */
interface Answers {
  readonly 'create-invite': CreatedInvite;
  readonly 'list-invites': InviteList;
  readonly 'get-invite': InviteView;
  readonly 'complete-invite': InviteView;
  readonly 'reject-invite': InviteView;
  readonly 'cancel-invite': InviteView;
}
type Action = keyof Answers;
type RequestOf<One extends Action> = CallersRequest & { readonly action: One };

/** ConsentApi refuses a request, or fails. */
export class ConsentApiError extends CliError {
  override readonly name = 'ConsentApiError';
  /** Undefined if the function itself failed. */
  readonly code: ConsentErrorCode | undefined;

  constructor(code: ConsentErrorCode | undefined, message: string, nextStep: string) {
    super(message, nextStep);
    this.code = code;
  }
}

/** The pages for invites. Throws {@link CliError} if they are not deployed. */
export async function requireConsent(session: Session): Promise<DeployedConsent> {
  const { consent, secretPrefix } = await session.deployment();
  if (consent !== undefined) return consent;
  throw new CliError(
    `Invites are switched off in the deployment ${secretPrefix}: it has no consent pages.`,
    'Switch them on with the setting consent, for example {"consent":{"displayName":"Acme"}}, and deploy. Without them, use: zoho-tokens authorize NAME --no-browser',
  );
}

/**
 * Invokes ConsentApi as an operator. Throws {@link ConsentApiError} if it refuses the request or fails, and `InfrastructureError`
 * if Lambda does not run it.
 */
export async function askConsentApi<One extends Action>(
  session: Session,
  request: RequestOf<One>,
): Promise<Answers[One]> {
  const deployment = await session.deployment();
  const { target } = await requireConsent(session);
  const call = { action: 'lambda:InvokeFunction', resource: target };
  const command = new InvokeCommand({ FunctionName: target, Payload: JSON.stringify(request) });
  const { Payload, FunctionError } = await callAws(call, () => session.aws.lambda.send(command));
  const answer = parseJsonObject(Buffer.from(Payload ?? []).toString('utf8'));
  if (isJsonObject(answer?.error)) throw refusal(answer.error, deployment);
  const isExpected = request.action === 'list-invites' ? Array.isArray(answer?.invites) : textOf(answer?.id);
  if (FunctionError === undefined && answer !== undefined && isExpected)
    return answer as unknown as Answers[One];
  const type = textOf(answer?.errorType);
  throw new ConsentApiError(
    undefined,
    `The function ${target} failed${type !== undefined && /^\w{1,60}$/.test(type) ? ` (${type})` : ''} at ${request.action}.`,
    `Read its log: aws logs tail --since 10m, with the log group of ${target}.`,
  );
}

/** The same for a request that changes something: Ctrl-C does not hide what became of it, and every answer comes within seconds. */
export async function changeInvite<One extends Action>(
  session: Session,
  request: RequestOf<One>,
  what: string,
): Promise<Answers[One]> {
  const { terminal, onInterrupt } = session.runtime;
  const release = onInterrupt(() =>
    terminal.info(`${what}. This takes a few seconds and is not interrupted.`),
  );
  try {
    return await terminal.withProgress(what, () => askConsentApi(session, request));
  } finally {
    release();
  }
}

/** Each page has some hundred rows of the table. */
const MOST_PAGES = 100;
const FEW_PAGES = 3;

/** Invites of one connection, or all of them: newest first. Says so if there are more than it reads. */
export async function listInvites(session: Session, connection?: string): Promise<readonly InviteView[]> {
  const { invites, isComplete } = await readPages(session, connection, MOST_PAGES);
  const { terminal } = session.runtime;
  if (!isComplete) terminal.info(terminal.infoColors.yellow('There are more invites than were read.'));
  return invites;
}

/** Some invites, for a hint that is worth a few calls only. */
export async function sampleInvites(session: Session): Promise<readonly InviteView[]> {
  return (await readPages(session, undefined, FEW_PAGES)).invites;
}

async function readPages(
  session: Session,
  connection: string | undefined,
  most: number,
): Promise<{ readonly invites: readonly InviteView[]; readonly isComplete: boolean }> {
  const found: InviteView[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < most; pages += 1) {
    const page: InviteList = await askConsentApi(session, {
      action: 'list-invites',
      ...(connection === undefined ? {} : { connection }),
      ...(next === undefined ? {} : { next }),
    });
    found.push(...page.invites);
    next = page.next;
    if (next === undefined) break;
  }
  const invites = found.sort((one, other) => other.created_at.localeCompare(one.created_at, 'en'));
  return { invites, isComplete: next === undefined };
}

function refusal(error: Record<string, unknown>, deployment: Deployment): ConsentApiError {
  const code = textOf(error.code) as ConsentErrorCode | undefined;
  const message = toSingleLine(textOf(error.message) ?? 'ConsentApi refused the request.');
  const advice = toSingleLine(textOf(error.next_step) ?? 'See zoho-tokens invite --help.');
  return new ConsentApiError(code, message, nextStepFor(code, deployment) ?? advice);
}

/** In commands of this program, which ConsentApi does not know of. */
function nextStepFor(
  code: ConsentErrorCode | undefined,
  { secretPrefix, version }: Deployment,
): string | undefined {
  const parameter = addressParameterName(secretPrefix, 'consent-target');
  switch (code) {
    case 'unknown_invite':
      return 'To list the invites, run: zoho-tokens invites';
    case 'unknown_client':
      return 'To list the clients, run: zoho-tokens client list. To add one, run: zoho-tokens client add CLIENT --data-center eu';
    case 'unknown_connection':
      return 'To invite for a new connection, add --create --data-center LOCATION --scope SCOPES.';
    case 'connection_exists':
      return 'Leave out --create, --data-center and --scope, or choose another name.';
    case 'not_connected':
      return 'Connect it again first: zoho-tokens connect NAME --data-center LOCATION';
    case 'not_open':
    case 'not_awaiting':
      return 'To see what became of it, run: zoho-tokens invites';
    case 'not_allowed':
      return `The SSM parameter ${parameter} must name the alias "callers". Restore the value that the deployment wrote: aws ssm get-parameter-history --name ${parameter}`;
    case 'invalid_request':
      return version === packageJson.version
        ? undefined
        : `The deployment has version ${version}, zoho-tokens has ${packageJson.version}. Use the same version.`;
    case 'unavailable':
      return 'Nothing is lost. Try again in a minute.';
    default:
      return undefined;
  }
}
