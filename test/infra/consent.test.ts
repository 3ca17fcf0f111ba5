import { Annotations, Template } from 'aws-cdk-lib/assertions';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { AwsSolutionsChecks } from 'cdk-nag';
import { buildSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { parseConsentConfig } from '../../lambdas/consent-api/config.ts';
import { CONSENT_PARAMETERS } from '../../lambdas/core/deployment-address.ts';
import { CONSENT_DOORS } from '../../lambdas/core/invites/consent-door.ts';
import { consentsTable } from '../../sandbox/aws/consents-table.ts';
import { routesOf } from '../../sandbox/consent/routes.ts';
import { show } from './policy-statements.ts';
import { createConsumer } from './run-cdk-snippet.ts';
import { createStack, logicalId, propertiesOf, TWO_CONNECTIONS } from './synthesize.ts';

const CONSENT = { displayName: 'Acme', returnUrls: ['https://app.example.com/zoho'] } as const;
const BACKEND = 'arn:aws:iam::111122223333:role/backend';
const OWN_DOMAIN = {
  domainName: 'connect.example.com',
  certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/a1b2',
} as const;

const stack = createStack({ connections: TWO_CONNECTIONS, consent: CONSENT, dashboard: true });
const deployed = Template.fromStack(stack);
const off = Template.fromStack(createStack({ connections: TWO_CONNECTIONS, dashboard: true }));

describe('without the setting consent', () => {
  const resources = off.toJSON().Resources as Record<string, { readonly Type: string }>;

  test('nothing of the pages exists', () => {
    expect(JSON.stringify(off.toJSON())).not.toMatch(/consent/i);
    expect(Object.values(resources).filter(({ Type }) => Type.includes('ApiGateway'))).toEqual([]);
  });

  test('everything that exists is the same as with it, except the lists of alarms', () => {
    const withPages = deployed.toJSON().Resources as Record<string, object>;
    const changed = Object.entries(resources).filter(
      ([id, resource]) => JSON.stringify(withPages[id]) !== JSON.stringify(resource),
    );

    expect(changed.map(([, { Type }]) => Type).sort()).toEqual([
      'AWS::CloudWatch::Dashboard',
      'AWS::SSM::Parameter',
    ]);
  });

  test('the bundle of the refresher has no line of it, whatever is configured', () => {
    const { metafile } = buildSync({
      ...{ entryPoints: ['lambdas/refresher/handler.ts'], bundle: true, write: false, metafile: true },
      ...{ platform: 'node', format: 'esm', packages: 'external' },
    });

    expect(Object.keys(metafile.inputs)).toContain('lambdas/refresher/handler.ts');
    expect(Object.keys(metafile.inputs).filter((path) => /invites|consent-(api|pages)/.test(path))).toEqual(
      [],
    );
  });

  test('grantInvite and onConsent say what to configure', () => {
    const { zoho } = createStack();

    expect(() => zoho.grantInvite(createConsumer(stack, 'Backend1'))).toThrow(
      "grantInvite needs the pages for invites, which are not configured. Add the setting consent: { displayName: 'Your product' }.",
    );
    expect(() => zoho.onConsent('Connected')).toThrow('onConsent needs the pages for invites');
  });
});

describe('the HTTP API', () => {
  test('has public routes to the pages, and signed ones to the alias http', () => {
    const routes = propertiesOf(deployed, 'AWS::ApiGatewayV2::Route').map(
      ({ RouteKey, AuthorizationType, Target }) => {
        const integration = show(Target).slice('integrations/<'.length, -1);
        const { IntegrationUri } =
          deployed.findResources('AWS::ApiGatewayV2::Integration')[integration]?.Properties ?? {};
        return [RouteKey, AuthorizationType, show(IntegrationUri)];
      },
    );
    const pages = `<${logicalId(deployed, 'AWS::Lambda::Function', { Description: 'Shows the public pages of Zoho consents' })}.Arn>`;
    const http = `<${logicalId(deployed, 'AWS::Lambda::Alias', { Name: 'http' })}>`;

    expect(routes).toEqual([
      ['GET /i/{token}', 'NONE', pages],
      ['POST /i/{token}', 'NONE', pages],
      ['GET /callback', 'NONE', pages],
      ['POST /v1/invites', 'AWS_IAM', http],
      ['GET /v1/invites', 'AWS_IAM', http],
      ['GET /v1/invites/{id}', 'AWS_IAM', http],
      ['DELETE /v1/invites/{id}', 'AWS_IAM', http],
      ['POST /v1/invites/{id}/complete', 'AWS_IAM', http],
      ['POST /v1/invites/{id}/reject', 'AWS_IAM', http],
    ]);
  });

  test('has the routes of the sandbox', () => {
    const integration = () => Promise.resolve({});
    const ofSandbox = routesOf({ pages: integration, signed: integration });

    expect(
      propertiesOf(deployed, 'AWS::ApiGatewayV2::Route').map(({ RouteKey, AuthorizationType }) => [
        RouteKey,
        AuthorizationType === 'AWS_IAM',
      ]),
    ).toEqual(ofSandbox.map(({ routeKey, isSigned }) => [routeKey, isSigned]));
  });

  test('may invoke the alias http for signed routes only, and the pages for public ones only', () => {
    const allowed = propertiesOf(deployed, 'AWS::Lambda::Permission')
      .filter(({ Principal }) => Principal === 'apigateway.amazonaws.com')
      .map(({ FunctionName, SourceArn }) => [
        /Pages|Doorhttp/.exec(show(FunctionName))?.[0],
        /\/\*\/\*(.*)$/.exec(show(SourceArn))?.[1],
      ]);

    expect(allowed.filter(([target]) => target === 'Pages').map(([, path]) => path)).toEqual([
      '/i/{token}',
      '/i/{token}',
      '/callback',
    ]);
    for (const [target, path] of allowed.filter(([each]) => each !== 'Pages')) {
      expect(target).toBe('Doorhttp');
      expect(path).toMatch(/^\/v1\/invites/);
    }
  });

  test('is throttled, and logs neither paths nor queries nor cookies', () => {
    const [stage] = propertiesOf(deployed, 'AWS::ApiGatewayV2::Stage');

    expect(stage?.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 20, ThrottlingRateLimit: 10 });
    const logged = Object.values(JSON.parse(stage?.AccessLogSettings.Format) as Record<string, string>);
    expect(logged).toContain('$context.routeKey');
    expect(logged.filter((value) => /path|query|cookie|header|protocol/i.test(value))).toEqual([]);
  });

  test('has its own address, or only that of a domain of its own', () => {
    const named = Template.fromStack(createStack({ consent: { ...CONSENT, ...OWN_DOMAIN } }));

    expect(stack.zoho.consent?.redirectUri).toBe(`${stack.zoho.consent?.url}/callback`);
    expect(show(outputOf(deployed, 'ConsentUrl'))).toMatch(
      /^https:\/\/<ZohoConsentHttpApi\w+>\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>$/,
    );
    deployed.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: false });
    named.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    named.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'connect.example.com',
      DomainNameConfigurations: [
        { CertificateArn: OWN_DOMAIN.certificateArn, SecurityPolicy: 'TLS_1_2', EndpointType: 'REGIONAL' },
      ],
    });
    expect(outputOf(named, 'ConsentRedirectUri')).toBe('https://connect.example.com/callback');
    expect(show(outputOf(named, 'ConsentDomainTarget'))).toMatch(/RegionalDomainName/);
  });
});

describe('the functions', () => {
  test.each(CONSENT_DOORS)('ConsentApi has the alias %s, without retries', (Name) => {
    deployed.hasResourceProperties('AWS::Lambda::Alias', {
      ...{ Name, FunctionVersion: '$LATEST' },
      FunctionName: { Ref: logicalId(deployed, 'AWS::Lambda::Function', CONSENT_API) },
    });
    const retries = propertiesOf(deployed, 'AWS::Lambda::EventInvokeConfig').map(
      ({ MaximumRetryAttempts }) => MaximumRetryAttempts,
    );
    expect(new Set(retries)).toEqual(new Set([0]));
  });

  test('ConsentApi gets the settings, and the tags of the stack for the secrets that it creates', () => {
    const tagged = createStack({ consent: CONSENT }, undefined, { tags: { team: 'crm' } });
    const id = logicalId(Template.fromStack(tagged), 'AWS::Lambda::Function', CONSENT_API);
    const { Variables } =
      Template.fromStack(tagged).findResources('AWS::Lambda::Function')[id]?.Properties.Environment ?? {};

    expect(Variables).toMatchObject({
      SECRET_PREFIX: 'zoho',
      DISPLAY_NAME: 'Acme',
      RETURN_URLS: '["https://app.example.com/zoho"]',
      INVITE_HOURS: '72',
      CONFIRM: 'mismatch',
      EVENT_EMAIL: 'false',
    });
    expect(JSON.parse(Variables.STACK_TAGS)).toEqual({ application: 'zoho-token-refresher', team: 'crm' });
    const resolved = Object.entries(Variables).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value
        : (RESOLVED[name] ?? 'https://a1b2.execute-api.eu-west-1.amazonaws.com'),
    ]);
    expect(parseConsentConfig(Object.fromEntries(resolved))).toMatchObject({
      secretPrefix: 'zoho',
      sendsEvents: true,
      returnUrls: ['https://app.example.com/zoho'],
    });
  });

  test('the public function has five executions, unless none are reserved', () => {
    const pages = { Description: 'Shows the public pages of Zoho consents' };
    const unreserved = Template.fromStack(createStack({ consent: { ...CONSENT, reservedConcurrency: 0 } }));

    deployed.hasResourceProperties('AWS::Lambda::Function', { ...pages, ReservedConcurrentExecutions: 5 });
    const id = logicalId(unreserved, 'AWS::Lambda::Function', pages);
    expect(unreserved.findResources('AWS::Lambda::Function')[id]?.Properties).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
  });

  test('the sweep runs every five minutes through its alias', () => {
    deployed.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      Target: {
        Arn: { Ref: logicalId(deployed, 'AWS::Lambda::Alias', { Name: 'schedule', Description: SWEEPS }) },
        Input: '{"action":"sweep"}',
      },
    });
  });
});

describe('the table of invites', () => {
  test('is the one of the sandbox', () => {
    const { TableName: _, ...ofSandbox } = consentsTable('Consents');
    const id = Object.keys(deployed.findResources('AWS::DynamoDB::Table')).find((each) =>
      each.includes('Consents'),
    );
    const { Properties } = deployed.findResources('AWS::DynamoDB::Table')[id ?? ''] ?? {};
    const sorted = (attributes: readonly { readonly AttributeName?: string | undefined }[] | undefined) =>
      [...(attributes ?? [])].sort((one, other) =>
        (one.AttributeName ?? '').localeCompare(other.AttributeName ?? ''),
      );

    expect({ ...Properties, AttributeDefinitions: sorted(Properties?.AttributeDefinitions) }).toMatchObject({
      ...ofSandbox,
      AttributeDefinitions: sorted(ofSandbox.AttributeDefinitions),
    });
  });

  test('expires rows, is recoverable, and is retained when the stack is deleted', () => {
    deployed.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expireAt', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    const throwAway = Template.fromStack(createStack({ consent: CONSENT, removalPolicy: 'destroy' }));
    throwAway.allResources('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
  });
});

test('the address of the deployment has the parameters of the pages', () => {
  const names = propertiesOf(deployed, 'AWS::SSM::Parameter').map(({ Name }) => Name);

  for (const parameter of CONSENT_PARAMETERS)
    expect(names).toContain(`/zoho-token-refresher/zoho/${parameter}`);
});

test('onConsent is a rule for the consents of this deployment', () => {
  const own = createStack({ consent: CONSENT });
  own.zoho.onConsent('Connected', {
    target: new LambdaTarget(createConsumer(own, 'Backend')),
    eventPattern: { detail: { state: ['authorized'] } },
  });

  Template.fromStack(own).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['zoho-token-refresher'],
      'detail-type': ['Zoho Consent'],
      detail: { secret_prefix: ['zoho'], state: ['authorized'] },
    },
  });
});

test('the pages have no findings of cdk-nag', () => {
  const whole = createStack({
    alarmEmails: ['a@example.com'],
    consent: { ...CONSENT, ...OWN_DOMAIN, callerRoles: [BACKEND], logo: 'docs/images/start-light.svg' },
  });

  expect(
    new AwsSolutionsChecks(whole).validateScope(whole).violations.map(({ ruleName }) => ruleName),
  ).toEqual([]);
  Annotations.fromStack(whole).hasNoError('*', '*');
});

test('a logo is a layer of the public function', () => {
  const template = Template.fromStack(
    createStack({ consent: { ...CONSENT, logo: 'docs/images/start-light.svg' } }),
  );

  template.hasResourceProperties('AWS::Lambda::Function', {
    Layers: [{ Ref: logicalId(template, 'AWS::Lambda::LayerVersion') }],
    Environment: { Variables: { LOGO_PATH: '/opt/logo.svg' } },
  });
});

/** What CloudFormation puts in the place of references. */
const RESOLVED: Readonly<Record<string, string>> = {
  CONNECTIONS_TABLE: 'Connections',
  CONSENTS_TABLE: 'Consents',
  KEY_ARN: 'arn:aws:kms:eu-west-1:111122223333:key/a',
  REFRESHER_TARGET: 'arn:aws:lambda:eu-west-1:111122223333:function:refresher:operators',
};

const CONSENT_API = { Description: 'Exchanges the codes of Zoho consents and stores the credentials' };
const SWEEPS = 'Invoked by the schedule: finishes or revokes what was left';

function outputOf(template: Template, name: string): unknown {
  return template.toJSON().Outputs[name].Value;
}
