import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { DEFAULT_SECRET_PREFIX } from '../lambdas/core/connection/connection-name.ts';
import { alarmNamePrefix } from '../lambdas/core/deployment-address.ts';

/** The physical names that a deployment gives to its resources. */
export interface DeploymentNames {
  /** The beginning of the names of alarms. */
  readonly alarmPrefix: string;
  readonly keyAlias: string;
  /** Contains the region, because the dashboards of all regions of an account share one namespace. */
  readonly dashboard: string;
  /** The folder of the saved log queries. */
  readonly queryFolder: string;
}

/**
 * With the default prefix, names are made of the name of the stack. Other prefixes are part of the names, because two
 * deployments with different prefixes can be in one stack. Stack names have neither slashes nor underscores, so no name is
 * that of another deployment.
 */
export function deploymentNames(scope: IConstruct, secretPrefix: string): DeploymentNames {
  const { stackName, region } = Stack.of(scope);
  const alarmPrefix = alarmNamePrefix(stackName, secretPrefix);
  if (secretPrefix === DEFAULT_SECRET_PREFIX) {
    return {
      alarmPrefix,
      keyAlias: `alias/${stackName}`,
      dashboard: `${stackName}-${region}`,
      queryFolder: stackName,
    };
  }
  return {
    alarmPrefix,
    // Aliases and dashboards allow no dots.
    keyAlias: `alias/${stackName}/${secretPrefix.replaceAll('.', '/')}`,
    dashboard: `${stackName}_${secretPrefix.replaceAll('.', '_')}_${region}`,
    queryFolder: `${stackName}/${secretPrefix}`,
  };
}
