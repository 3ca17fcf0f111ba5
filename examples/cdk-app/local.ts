// Builds the stack, lists its connections, and calls the handler once, as Lambda would.
import { App } from 'aws-cdk-lib';
import { ZohoConnection } from 'zoho-token-refresher';
import { handler } from './lambda/report.ts';
import { SupportStack } from './lib/support-stack.ts';

// `cdk synth` bundles the code of the function; calling it here does not need that.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const stack = new SupportStack(app, 'Support');

const connections = stack.node.findAll().filter((construct) => construct instanceof ZohoConnection);
console.log(connections.map(({ connectionName }) => connectionName));
console.log(await handler());
