import { classifyAwsErrorName } from '../../lambdas/adapters/aws-error-kinds.ts';
import { InfrastructureError, RETRIED } from '../../lambdas/core/failures.ts';
import { CliError } from '../cli-error.ts';
import type { RefresherAnswer } from '../refresher/request-refresh.ts';
import type { Session } from '../session.ts';

/**
 * Throws {@link CliError} unless the connections table is unavailable both from here and, as far as it answers, to the refresher:
 * a network problem of the operator is no reason to mint beside a refresher that works.
 */
export async function requireOutage(session: Session, name: string): Promise<void> {
  const { terminal } = session.runtime;
  const { tableName } = await session.deployment();
  const problem = await terminal.withProgress(`Checking that the table ${tableName} does not answer`, () =>
    readProblem(session, name),
  );
  terminal.info(`the table ${tableName} does not answer: ${problem}`);
  const refresher = await terminal.withProgress('Checking that the refresher cannot help', () =>
    askRefresher(session, name),
  );
  terminal.info(`the refresher cannot help: ${refresher}`);
}

/** Why the row cannot be read. */
async function readProblem(session: Session, name: string): Promise<string> {
  const { tableName } = await session.deployment();
  const connections = await session.connections();
  try {
    await connections.read(name, session.signal());
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    if (isOutage(error)) return error.call?.errorName ?? error.code;
    if (error.code !== 'malformed_row' && error.code !== 'aws_throttled') throw error;
  }
  throw refusal(`The table ${tableName} answers`, name);
}

/** No answer, an error of the service, or no table. Missing or rejected credentials of the operator are none of these. */
function isOutage({ code, call }: InfrastructureError): boolean {
  if (code === 'aws_not_found') return true;
  return code === 'aws_unavailable' && classifyAwsErrorName(call?.errorName ?? '') === 'unavailable';
}

/** Why the refresher cannot get a token either. If Lambda is down as well, it cannot be asked. */
async function askRefresher(session: Session, name: string): Promise<string> {
  let answer: RefresherAnswer;
  try {
    answer = await session.refresh(name);
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'aws_access_denied') throw error;
    if (error instanceof InfrastructureError) return error.message.replace(` ${RETRIED}`, '');
    if (error instanceof CliError) return error.message;
    throw error;
  }
  const { outcome, message = '' } = answer;
  if (outcome === 'failed' && message.includes('dynamodb:')) return message.replace(` ${RETRIED}`, '');
  throw refusal(`The refresher can use the table: it answers "${outcome}"`, name);
}

function refusal(why: string, name: string): CliError {
  return new CliError(
    `${why}, so a token is not minted without it.`,
    `Nothing was changed. Run: zoho-tokens refresh ${name}`,
  );
}
