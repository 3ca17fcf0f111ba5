import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import type {
  DeclaredConnection,
  DeclaredConnections,
} from '../../lambdas/core/connection/declared-connection.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { isDataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import type { Deployment } from './deployment.ts';

/** The configuration of the deployed refresher. */
export interface RefresherSettings {
  readonly declaredConnections: DeclaredConnections;
  /** During a move: prefix of the deployment that the refresher may follow. */
  readonly followSecretPrefix?: string | undefined;
  /** Where its notifications find the runbooks; undefined if nothing is configured. */
  readonly runbookBaseUrl?: string | undefined;
  /** The refresher's execution role; undefined when Lambda does not return it. */
  readonly roleArn?: string | undefined;
}

/** Reads the environment of the deployed function, the only place that holds the deployed declarations. */
export async function readRefresherSettings(
  client: LambdaClient,
  { functionArn }: Deployment,
): Promise<RefresherSettings> {
  const call = { action: 'lambda:GetFunctionConfiguration', resource: functionArn };
  const command = new GetFunctionConfigurationCommand({ FunctionName: functionArn });
  const { Environment, Role } = await callAws(call, () => client.send(command));
  return {
    declaredConnections: parseDeclared(Environment?.Variables?.DECLARED_CONNECTIONS ?? '{}'),
    followSecretPrefix: Environment?.Variables?.FOLLOW_SECRET_PREFIX,
    runbookBaseUrl: Environment?.Variables?.RUNBOOK_BASE_URL,
    roleArn: Role,
  };
}

/** Parses the declared connections. An entry that is not valid is left out. */
export function parseDeclared(text: string): DeclaredConnections {
  const entries = Object.entries(parseJsonObject(text) ?? {}).flatMap(([name, value]) => {
    const { dataCenter, scopes } = (value ?? {}) as Partial<DeclaredConnection>;
    const isComplete = isDataCenterLocation(dataCenter) && Array.isArray(scopes);
    return isComplete
      ? [[name, { dataCenter, scopes: scopes.filter((scope) => typeof scope === 'string') }]]
      : [];
  });
  return Object.fromEntries(entries) as DeclaredConnections;
}
