import { fileURLToPath } from 'node:url';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { ZohoTokenRefresher } from 'zoho-token-refresher';

/** Keeps tokens for Zoho CRM and Zoho Desk, which are in different data centers, for a function that uses both. */
export class SupportStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const zoho = new ZohoTokenRefresher(this, 'Zoho', {
      pageEmails: ['on-call@example.com'],
      ticketEmails: ['support-platform@example.com'],
      connections: {
        'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.leads.READ'] },
        // Consumers of this one can wait until the next working day.
        'desk-us': { dataCenter: 'us', scopes: ['Desk.tickets.READ'], severity: 'ticket' },
      },
    });

    const report = new NodejsFunction(this, 'Report', {
      entry: fileURLToPath(new URL('../lambda/report.ts', import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      timeout: Duration.seconds(30),
    });
    // Both permissions (read the token, request a refresh) for these two connections, and for no other.
    zoho.connection('crm-prod').attachTo(report);
    zoho.connection('desk-us').attachTo(report);
  }
}
