import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** The pages for invites, with the functions and the table behind them. Exists only with the setting `consent`. */
export interface IZohoConsent extends IConstruct {
  /** Address of the pages, without a slash at the end. */
  readonly url: string;
  /** The redirect URI to register at Zoho for every client that invites use. */
  readonly redirectUri: string;
  /** What the DNS record of the own domain has to point to; undefined without a domain of its own. */
  readonly domainTarget: string | undefined;
  /** The public function. It may only invoke one alias of the other one. */
  readonly pages: LambdaFunction;
  /** The function that exchanges codes and stores credentials. */
  readonly consentApi: LambdaFunction;
  /** Invites, and who authorized which connection. */
  readonly table: Table;
  /** What backends and operators invoke. */
  readonly target: IFunction;
}
