import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ConsentDoor } from '../../lambdas/core/invites/consent-door.ts';
import type { SealedTables } from '../fleet/sealed-tables.ts';
import { createDoors } from '../function-doors.ts';
import { createFunctionLog } from '../function-log.ts';
import { functionSize } from '../function-size.ts';
import { createNodeFunction } from '../node-function.ts';
import type { ConsentSettings } from '../settings/consent-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { createConsentApiRole } from './consent-api-role.ts';

export interface ConsentApiProps {
  readonly settings: Settings;
  readonly consent: ConsentSettings;
  readonly connections: Table;
  readonly consents: Table;
  readonly encryptionKey: IKey;
  /** The second store, in a fleet. */
  readonly sealedTables: SealedTables | undefined;
  /** The refresher's alias for operators. */
  readonly operatorTarget: IFunction;
  /** Address of the pages, without a slash at the end. */
  readonly url: string;
}

/** Longer than the 30 s of API Gateway: what was begun is finished, and the page is loaded again. */
const TIMEOUT = Duration.seconds(60);

/** The function that knows the secrets: exchanges codes, stores credentials, and sweeps up what was left. */
export function createConsentApi(scope: Construct, id: string, props: ConsentApiProps): LambdaFunction {
  const { settings, consent, connections, consents, encryptionKey, operatorTarget, url, sealedTables } =
    props;
  const { secretPrefix } = settings;
  const logGroup = createFunctionLog(scope, `${id}Log`, settings.logRetentionDays);
  return createNodeFunction(scope, id, {
    description: 'Exchanges the codes of Zoho consents and stores the credentials',
    code: 'consent-api',
    timeout: TIMEOUT,
    role: createConsentApiRole(scope, `${id}Role`, { ...props, secretPrefix, logGroup }),
    logGroup,
    ...functionSize(settings),
    environment: {
      CONNECTIONS_TABLE: connections.tableName,
      CONSENTS_TABLE: consents.tableName,
      ...(sealedTables && {
        CREDENTIALS_TABLE: sealedTables.credentials.tableName,
        CONNECTED_STORE: settings.connectedStore,
      }),
      SECRET_PREFIX: secretPrefix,
      KEY_ARN: encryptionKey.keyArn,
      REFRESHER_TARGET: operatorTarget.functionArn,
      BASE_URL: url,
      DISPLAY_NAME: consent.displayName,
      RETURN_URLS: JSON.stringify(consent.returnUrls),
      INVITE_HOURS: String(consent.inviteHours),
      CONFIRM: consent.confirm,
      EVENTS: 'true',
      EVENT_EMAIL: String(consent.eventEmail),
      // Made at synthesis, when all tags are known.
      STACK_TAGS: Lazy.string({ produce: () => JSON.stringify(tagsOf(scope, logGroup)) }),
      POWERTOOLS_SERVICE_NAME: secretPrefix,
    },
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });
}

/** The tags of every resource of the deployment: what a taggable one of them has. */
function tagsOf(scope: Construct, { node }: Construct): Record<string, string> {
  const { tags } = node.defaultChild as unknown as { readonly tags: { tagValues(): Record<string, string> } };
  return { ...tags.tagValues(), ...Stack.of(scope).tags.tagValues() };
}

/** An alias of ConsentApi for each kind of caller. */
export type ConsentDoors = Readonly<Record<ConsentDoor, IFunction>>;

/** Creates the aliases. */
export function createConsentDoors(scope: Construct, consentApi: LambdaFunction): ConsentDoors {
  return createDoors(scope, consentApi, CALLERS);
}

const CALLERS: Readonly<Record<ConsentDoor, string>> = {
  pages: 'Invoked by the public pages: shows invites, begins consents and takes the answers of Zoho',
  http: 'Invoked by API Gateway for signed requests',
  callers: 'Invoked by backends and operators: creates and completes invites',
  schedule: 'Invoked by the schedule: finishes or revokes what was left',
};
