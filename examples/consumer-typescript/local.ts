// Calls the handler once, as Lambda would.
import { handler } from './handler.ts';

console.log(await handler());
