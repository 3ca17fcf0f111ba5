import { SingleValueWidget } from 'aws-cdk-lib/aws-cloudwatch';

/** A value without the period in progress, which is not complete. The CDK has no property for it. */
export class CompleteValueWidget extends SingleValueWidget {
  override toJson(): object[] {
    type Json = { readonly properties: object };
    return (super.toJson() as Json[]).map((widget) => ({
      ...widget,
      properties: { ...widget.properties, liveData: false },
    }));
  }
}
