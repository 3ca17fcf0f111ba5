import { readFileSync } from 'node:fs';
import { App, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ZohoTokenRefresherStack } from '../../infra/stack.ts';
import type { ZohoTokenRefresherProps } from '../../infra/token-refresher-props.ts';
import type { RefresherDoor } from '../../lambdas/core/refresh/refresher-door.ts';

/** Two connections that use every option. */
export const TWO_CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'], replicaRegions: ['us-east-1'] },
  'desk-test': { dataCenter: 'au', scopes: ['Desk.tickets.READ'], clientType: 'self-client' },
} as const satisfies ZohoTokenRefresherProps['connections'];

const cdkJson = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  context: Record<string, unknown>;
};

/** An app with the feature flags of `cdk.json`. */
export function createApp({ outdir }: { readonly outdir?: string } = {}): App {
  return new App({
    context: cdkJson.context,
    builtinCloudFormationValidation: false,
    ...(outdir === undefined ? {} : { outdir }),
  });
}

export function createStack(
  props: ZohoTokenRefresherProps = {},
  app = createApp(),
  stackProps: StackProps = {},
): ZohoTokenRefresherStack {
  return new ZohoTokenRefresherStack(app, 'ZohoTokenRefresher', props, stackProps);
}

export function synthesize(props: ZohoTokenRefresherProps = {}): Template {
  return Template.fromStack(createStack(props));
}

/** The logical ID of the one resource of a type that has these properties. */
export function logicalId(template: Template, type: string, properties: object = {}): string {
  const [id, ...others] = Object.keys(template.findResources(type, { Properties: properties }));
  if (id === undefined || others.length > 0) throw new Error(`not exactly one ${type}: ${id}, ${others}`);
  return id;
}

/** The logical ID of an alias of the refresher. */
export function doorId(template: Template, door: RefresherDoor): string {
  return logicalId(template, 'AWS::Lambda::Alias', { Name: door });
}

/** The properties of every resource of a type. */
export function propertiesOf(template: Template, type: string) {
  return Object.values(template.findResources(type)).map(({ Properties }) => Properties);
}

/** The logical ID of one of the three topics for alarms: `alarms`, `page` or `ticket`. */
export function topicId(template: Template, what: string): string {
  return logicalId(template, 'AWS::SNS::Topic', { DisplayName: `Zoho Token Refresher ${what}` });
}

/** One widget of a dashboard's body. */
export interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly unknown[][];
    readonly alarms?: readonly string[];
    readonly query?: string;
    readonly annotations?: {
      readonly horizontal?: readonly { readonly label?: string; readonly value: number }[];
    };
  };
}

/** The widgets of the one dashboard, with `resolved-at-deployment` in place of references. */
export function readWidgets(template: Template): readonly Widget[] {
  const id = logicalId(template, 'AWS::CloudWatch::Dashboard');
  const { DashboardBody } = template.toJSON().Resources[id].Properties;
  const [, parts] = DashboardBody['Fn::Join'] as [string, (string | object)[]];
  const body = parts.map((part) => (typeof part === 'string' ? part : 'resolved-at-deployment')).join('');
  return (JSON.parse(body) as { widgets: Widget[] }).widgets;
}
