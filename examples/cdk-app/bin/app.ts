import { App } from 'aws-cdk-lib';
import { SupportStack } from '../lib/support-stack.ts';

new SupportStack(new App(), 'Support');
