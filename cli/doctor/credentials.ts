import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import { parseCredentials } from '../../lambdas/core/secrets/credentials.ts';
import type { DiagnosedConnection } from './diagnosed-connection.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** Whether the credentials secret holds what the refresher needs. */
export function judgeCredentials({ name, stored }: Pick<DiagnosedConnection, 'name' | 'stored'>): Finding {
  const fix = `Run: zoho-tokens authorize ${name}`;
  if (stored.kind === 'unavailable') return judgeUnavailable(name, stored.error);
  if (stored.value.kind === 'empty')
    return fail('the credentials secret is empty: the connection was never authorized', fix);
  const parsed = parseCredentials(stored.value.text);
  return parsed.ok
    ? pass(`complete, for data center ${parsed.credentials.dataCenter}`)
    : fail(parsed.failure.message, fix);
}

function judgeUnavailable(name: string, error: InfrastructureError): Finding {
  const connect = `zoho-tokens connect ${name} --data-center …`;
  if (error.code === 'secret_being_deleted') {
    return fail(
      'the credentials secret is scheduled for deletion',
      `Restore it: ${connect}, or aws secretsmanager restore-secret.`,
    );
  }
  if (error.code === 'aws_not_found') {
    return fail(
      'the credentials secret does not exist',
      `If ${name} is declared, deploy the stack. Otherwise run: ${connect}`,
    );
  }
  return unavailable('the credentials', error);
}
