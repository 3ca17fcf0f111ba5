import { Stack, Token } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable, Policy, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ConsentParameter } from '../../lambdas/core/deployment-address.ts';
import type { ConsentAlarmsProps } from '../alarms/consent-alarms.ts';
import { grantInvoke } from '../consumer-grants.ts';
import type { SealedTables } from '../fleet/sealed-tables.ts';
import { acknowledgeWildcard } from '../nag-acknowledgements.ts';
import type { ConsentSettings } from '../settings/consent-settings.ts';
import { InvalidSettingsError } from '../settings/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { type ConsentDoors, createConsentApi, createConsentDoors } from './consent-api-function.ts';
import { ConsentHttpApi } from './consent-http-api.ts';
import type { IZohoConsent } from './consent-interface.ts';
import { createConsentPages } from './consent-pages-function.ts';
import { ConsentSchedule } from './consent-schedule.ts';
import { createConsentsTable } from './consents-table.ts';

export interface ZohoConsentProps {
  readonly settings: Settings;
  readonly consent: ConsentSettings;
  readonly connections: Table;
  readonly encryptionKey: IKey;
  /** The second store, in a fleet. */
  readonly sealedTables: SealedTables | undefined;
  /** The refresher's alias for operators. */
  readonly operatorTarget: IFunction;
  /** The dead-letter queue of the schedules. */
  readonly undelivered: IQueue;
}

export class ZohoConsent extends Construct implements IZohoConsent {
  readonly url: string;
  readonly redirectUri: string;
  readonly domainTarget: string | undefined;
  readonly pages: LambdaFunction;
  readonly consentApi: LambdaFunction;
  readonly table: Table;
  readonly target: IFunction;
  /** What alarms watch. */
  readonly watched: ConsentAlarmsProps;

  constructor(scope: Construct, id: string, props: ZohoConsentProps) {
    super(scope, id);
    const { settings, consent } = props;
    checkCallerRoles(this, consent.callerRoles);
    const http = new ConsentHttpApi(this, 'Http', { ...settings, consent });
    const { url } = http;
    this.table = createConsentsTable(this, 'Consents', settings);
    this.consentApi = createConsentApi(this, 'Api', { ...props, consents: this.table, url });
    const doors = createConsentDoors(this, this.consentApi);
    this.pages = createConsentPages(this, 'Pages', { settings, consent, door: doors.pages, url });
    http.addRoutes({ pages: this.pages, http: doors.http });
    new ConsentSchedule(this, 'Schedule', { door: doors.schedule, undelivered: props.undelivered });
    this.#allowCallers(consent.callerRoles, http, doors);
    this.url = url;
    this.redirectUri = `${url}/callback`;
    this.domainTarget = http.domainTarget;
    this.target = doors.callers;
    this.watched = {
      secretPrefix: settings.secretPrefix,
      ...{ pages: this.pages, consentApi: this.consentApi },
      apiId: http.api.apiId,
      requestsPerSecond: consent.requestsPerSecond,
    };
  }

  /** The parameters that belong to the address of the deployment. */
  get address(): Readonly<Record<ConsentParameter, string>> {
    return {
      'consent-target': this.target.functionArn,
      'consent-url': this.url,
      'consents-table': this.table.tableName,
    };
  }

  /** Allows the use of the alias for callers, and tells a Lambda function where it is. */
  grantInvite(grantee: IGrantable): Grant {
    if (grantee instanceof LambdaFunction)
      grantee.addEnvironment('ZOHO_CONSENT_TARGET', this.target.functionArn);
    return grantInvoke({ door: this.target, refresher: undefined }, grantee);
  }

  #allowCallers(arns: readonly string[], http: ConsentHttpApi, doors: ConsentDoors): void {
    if (arns.length === 0) return;
    const roles = arns.map((arn, index) => Role.fromRoleArn(this, `Caller${index}`, arn));
    const policy = new Policy(this, 'Callers', {
      roles,
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [doors.callers.functionArn] }),
        new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [http.signedRoutesArn] }),
      ],
    });
    acknowledgeWildcard(
      policy,
      http.signedRoutesArn,
      'Callers may create, read, complete and cancel every invite.',
    );
  }
}

/** HTTP APIs have no resource policies, and only policies of this account's roles can be changed. */
function checkCallerRoles(scope: Construct, arns: readonly string[]): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(account)) return;
  const problems = arns.flatMap((arn, index) => {
    const other = arn.split(':')[4];
    return other === account
      ? []
      : [
          `consent.callerRoles[${index}]: ${JSON.stringify(arn)} is in account ${other}, the stack is in ${account}. Allowed: roles of the same account. List a role of this account that the other one may assume, or use zoho.grantInvite(new ArnPrincipal(...)).`,
        ];
  });
  if (problems.length > 0) throw new InvalidSettingsError(problems);
}
