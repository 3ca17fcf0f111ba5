import { Lazy, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import { type CfnParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  type AddressParameter,
  addressParameterName,
  type ConsentParameter,
  type DeploymentRecord,
  type FleetParameter,
  MAX_PARAMETER_BYTES,
} from '../lambdas/core/deployment-address.ts';
import packageJson from '../package.json' with { type: 'json' };

/** The settings that an address contains. */
interface AddressSettings {
  readonly secretPrefix: string;
  readonly parkAfterDays: number;
}

/** The address of a deployment, as SSM parameters. Standard parameters are free of charge. */
export class DeploymentAddress extends Construct {
  /**
   * The parameter `deployment`. Its value refers to no resource, so it can be created before everything else: a second
   * deployment with the same prefix fails there.
   */
  readonly deployment: StringParameter;
  readonly #secretPrefix: string;
  readonly #parkAfterDays: number;

  /** Throws if the app has a deployment with the same prefix in the same account and region. */
  constructor(scope: Construct, id: string, { secretPrefix, parkAfterDays }: AddressSettings) {
    super(scope, id);
    this.#secretPrefix = secretPrefix;
    this.#parkAfterDays = parkAfterDays;
    checkPrefixIsFree(this, secretPrefix);
    this.deployment = this.#create('deployment', Lazy.string({ produce: () => this.#record() }));
  }

  /** Creates the other parameters. */
  publish(
    values: Readonly<
      Record<Exclude<AddressParameter, 'deployment' | ConsentParameter | FleetParameter>, string>
    > &
      Readonly<Partial<Record<ConsentParameter | FleetParameter, string>>>,
  ): void {
    for (const [parameter, value] of Object.entries(values))
      this.#create(parameter as AddressParameter, value);
  }

  /** Whether it is the address of a deployment with this prefix in the place of `other`. */
  isOf(secretPrefix: string, other: Construct): boolean {
    return this.#secretPrefix === secretPrefix && isSamePlace(Stack.of(this), Stack.of(other));
  }

  /** Made at synthesis, when all tags are known. */
  #record(): string {
    const { stackName: stack, tags: stackTags } = Stack.of(this);
    const parameter = this.deployment.node.defaultChild as CfnParameter;
    const tags = { ...parameter.tags.tagValues(), ...stackTags.tagValues() };
    const record = JSON.stringify({
      stack,
      version: packageJson.version,
      tags,
      parkAfterDays: this.#parkAfterDays,
    } satisfies DeploymentRecord);
    const bytes = Buffer.byteLength(record);
    if (bytes <= MAX_PARAMETER_BYTES) return record;
    throw new Error(
      `The tags of ${this.node.path} need ${bytes} bytes of a parameter of Systems Manager. Allowed: ${MAX_PARAMETER_BYTES} bytes. Use fewer or shorter tags.`,
    );
  }

  #create(parameter: AddressParameter, stringValue: string): StringParameter {
    return new StringParameter(this, parameter, {
      parameterName: addressParameterName(this.#secretPrefix, parameter),
      stringValue,
    });
  }
}

function checkPrefixIsFree(address: DeploymentAddress, secretPrefix: string): void {
  const other = address.node.root.node
    .findAll()
    .find(
      (each) => each instanceof DeploymentAddress && each !== address && each.isOf(secretPrefix, address),
    );
  if (other === undefined) return;
  throw new Error(
    `${pathOf(address)} and ${pathOf(other)} have the same secretPrefix, "${secretPrefix}", in the same account and region. ` +
      'They would share secrets and metrics. Give each one its own secretPrefix.',
  );
}

/** The path of the deployment. */
function pathOf(address: Construct): string {
  return address.node.scope?.node.path ?? address.node.path;
}

/** Without a known account or region, only one stack is certainly the same place. CloudFormation reports the other cases. */
function isSamePlace(one: Stack, other: Stack): boolean {
  if (one === other) return true;
  const isSame = (first: string, second: string) =>
    Token.compareStrings(first, second) === TokenComparison.SAME;
  return isSame(one.account, other.account) && isSame(one.region, other.region);
}
