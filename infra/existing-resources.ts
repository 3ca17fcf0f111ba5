import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { InvalidSettingsError } from './settings/problems.ts';
import type { Settings } from './settings/settings.ts';

/** Resources of your own that a deployment uses. They are given in code: the configuration of the app cannot name them. */
export interface ExistingResources {
  /**
   * Key of the secrets. Its policy has to let the account's IAM policies decide (the statement for the account's root that every
   * key has by default), because the policies of the refresher and of readers allow its use. A key that is created in the same
   * app also gets the statements for readers of other accounts. The policy of an imported key cannot be changed: add the
   * statements that docs/deploying.md lists.
   *
   * @default - a new key
   */
  readonly encryptionKey?: IKey | undefined;
  /**
   * Notified by every alarm. Its policy, and that of its key if it is encrypted, have to allow alarms of this account to
   * publish. Subscribe to it yourself: `alarmEmails` is for the topic that the construct creates.
   *
   * @default - a new topic
   */
  readonly alarmTopic?: ITopic | undefined;
  /** The same for the composite alarm `page` and `pageEmails`. @default - a new topic */
  readonly pageTopic?: ITopic | undefined;
  /** The same for the composite alarm `ticket` and `ticketEmails`. @default - a new topic */
  readonly ticketTopic?: ITopic | undefined;
  /**
   * Network of the refresher. It has to reach Zoho's accounts servers on the internet, and DynamoDB, Secrets Manager and
   * EventBridge: see docs/networks.md.
   *
   * @default - the network of Lambda
   */
  readonly vpc?: IVpc | undefined;
  /** @default - private subnets with a route to the internet */
  readonly vpcSubnets?: SubnetSelection | undefined;
  /** @default - a new security group that allows all outgoing traffic */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
}

/** Divides the options of the construct into settings, which are data, and resources. */
export function divideOptions<Options extends ExistingResources>(options: Options) {
  const { encryptionKey, alarmTopic, pageTopic, ticketTopic, vpc, vpcSubnets, securityGroups, ...settings } =
    options;
  const resources = {
    encryptionKey,
    alarmTopic,
    pageTopic,
    ticketTopic,
    vpc,
    vpcSubnets,
    securityGroups,
  } satisfies ExistingResources;
  return { resources, settings };
}

/** Throws {@link InvalidSettingsError} if resources do not fit each other or the settings. */
export function checkResources(resources: ExistingResources, settings: Settings): void {
  const problems = [
    ...(['alarm', 'page', 'ticket'] as const).flatMap((what) => {
      const isUseless = resources[`${what}Topic`] !== undefined && settings[`${what}Emails`].length > 0;
      if (!isUseless) return [];
      return `${what}Emails: is for the topic that the construct creates, and ${what}Topic is given. Subscribe the addresses to that topic.`;
    }),
    ...(['vpcSubnets', 'securityGroups'] as const).flatMap((option) =>
      resources[option] !== undefined && resources.vpc === undefined
        ? `${option}: needs a vpc. Pass the VPC as well, or leave ${option} out.`
        : [],
    ),
    ...('aliasName' in Object(resources.encryptionKey)
      ? [
          'encryptionKey: is an alias, and IAM policies do not accept aliases. Pass the key: Key.fromKeyArn(...) or Key.fromLookup(...).',
        ]
      : []),
  ];
  if (problems.length > 0) throw new InvalidSettingsError(problems);
}
