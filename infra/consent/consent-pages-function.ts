import { Duration } from 'aws-cdk-lib';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createFunctionLog } from '../function-log.ts';
import { allow, createFunctionRole } from '../function-role.ts';
import { functionSize } from '../function-size.ts';
import { createNodeFunction } from '../node-function.ts';
import type { ConsentSettings } from '../settings/consent-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { createLogoLayer } from './consent-logo.ts';

export interface ConsentPagesProps {
  readonly settings: Settings;
  readonly consent: ConsentSettings;
  /** The alias of ConsentApi for the pages. */
  readonly door: IFunction;
  /** Address of the pages, without a slash at the end. */
  readonly url: string;
}

/** The integrations of HTTP APIs end after 30 s. */
const TIMEOUT = Duration.seconds(29);

/**
 * The public function. It renders pages, and may do nothing but invoke one alias: an attacker who takes it over can do what any
 * browser can.
 */
export function createConsentPages(scope: Construct, id: string, props: ConsentPagesProps): LambdaFunction {
  const { settings, consent, door, url } = props;
  const logGroup = createFunctionLog(scope, `${id}Log`, settings.logRetentionDays);
  const role = createFunctionRole(scope, `${id}Role`, {
    description: 'Shows the public pages of Zoho consents',
    logGroup,
  });
  allow(role, ['lambda:InvokeFunction'], [door.functionArn]);
  const logo = consent.logo === undefined ? undefined : createLogoLayer(scope, `${id}Logo`, consent.logo);
  return createNodeFunction(scope, id, {
    description: 'Shows the public pages of Zoho consents',
    code: 'consent-pages',
    timeout: TIMEOUT,
    role,
    logGroup,
    ...functionSize(settings),
    ...(consent.reservedConcurrency > 0 && { reservedConcurrentExecutions: consent.reservedConcurrency }),
    ...(logo && { layers: [logo.layer] }),
    environment: {
      CONSENT_API: door.functionArn,
      DISPLAY_NAME: consent.displayName,
      BASE_URL: url,
      ...(logo && { LOGO_PATH: logo.path }),
      POWERTOOLS_SERVICE_NAME: settings.secretPrefix,
    },
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
  });
}
