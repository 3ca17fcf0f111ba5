// Serves the platform on this machine, at an address that the sandbox allows as a return URL.
import { createApp } from './app.ts';

const PORT = 3000;
const origin = `http://localhost:${PORT}`;

createApp(origin).listen(PORT, 'localhost', () => {
  console.log(`The platform is at ${origin} (Ctrl-C stops it). Sign in, and connect Zoho.`);
});
