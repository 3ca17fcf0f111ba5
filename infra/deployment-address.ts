import { Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  type AddressParameter,
  addressParameterName,
  type DeploymentRecord,
} from '../lambdas/core/deployment-address.ts';
import packageJson from '../package.json' with { type: 'json' };

/** The address of a deployment, as SSM parameters. Standard parameters are free of charge. */
export class DeploymentAddress extends Construct {
  readonly #secretPrefix: string;

  /**
   * Creates the parameter `deployment`. Its value is a literal, so it can be created before everything else: a second
   * deployment with the same prefix fails there.
   */
  constructor(scope: Construct, id: string, { secretPrefix }: { readonly secretPrefix: string }) {
    super(scope, id);
    this.#secretPrefix = secretPrefix;
    const { stackName } = Stack.of(this);
    this.#create(
      'deployment',
      JSON.stringify({ stack: stackName, version: packageJson.version } satisfies DeploymentRecord),
    );
  }

  /** Creates the other parameters. */
  publish(values: Readonly<Record<Exclude<AddressParameter, 'deployment'>, string>>): void {
    for (const [parameter, value] of Object.entries(values))
      this.#create(parameter as AddressParameter, value);
  }

  #create(parameter: AddressParameter, stringValue: string): StringParameter {
    return new StringParameter(this, parameter, {
      parameterName: addressParameterName(this.#secretPrefix, parameter),
      stringValue,
    });
  }
}
