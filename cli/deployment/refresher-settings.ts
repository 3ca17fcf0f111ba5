import { GetFunctionConfigurationCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { callAws } from '../../lambdas/adapters/aws-errors.ts';
import type {
  DeclaredConnection,
  DeclaredConnections,
} from '../../lambdas/core/connection/declared-connection.ts';
import { parseJsonObject } from '../../lambdas/core/json.ts';
import { isDataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import type { Deployment } from './find-deployment.ts';

/** What the deployed refresher was told. */
export interface RefresherSettings {
  readonly declaredConnections: DeclaredConnections;
  /** The role that the refresher works with; undefined when Lambda does not say. */
  readonly roleArn?: string | undefined;
}

/** Reads the environment of the deployed function: the only place that knows what was declared when it was deployed. */
export async function readRefresherSettings(
  client: LambdaClient,
  { functionName }: Deployment,
): Promise<RefresherSettings> {
  const call = { action: 'lambda:GetFunctionConfiguration', resource: functionName };
  const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
  const { Environment, Role } = await callAws(call, () => client.send(command));
  return {
    declaredConnections: parseDeclared(Environment?.Variables?.DECLARED_CONNECTIONS ?? '{}'),
    roleArn: Role,
  };
}

/** The declared connections of the function's environment; what cannot be read is left out. */
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
