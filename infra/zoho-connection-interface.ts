import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/** A connection as consumers see it: declared in this app, or of a deployment elsewhere. */
export interface IZohoConnection extends IZohoConnections {
  /** E.g. `crm-prod`. */
  readonly connectionName: string;
  /** Allows `grantee` to read this connection's access token, and nothing else. */
  grantRead(grantee: IGrantable): Grant;
  /** Allows `grantee` to request a new token from the refresher, for when Zoho rejects one before it expires. */
  grantRequestRefresh(grantee: IGrantable): Grant;
  /** Gives a Lambda function both permissions, and the environment variables of the client. */
  attachTo(consumer: LambdaFunction): void;
}

/** All connections of a deployment, or one of them. */
export interface IZohoConnections {
  /** The prefix of the secrets, which names the deployment. */
  readonly secretPrefix: string;
  /** Allows `grantee` to read the access tokens, and nothing else: never the credentials. */
  grantRead(grantee: IGrantable): Grant;
  /** Allows `grantee` to request new tokens from the refresher, for when Zoho rejects one before it expires. */
  grantRequestRefresh(grantee: IGrantable): Grant;
  /** Gives a Lambda function both permissions, and the environment variables of the client. */
  attachTo(consumer: LambdaFunction): void;
}
