import { helper } from '../lib/helper.js';
export async function refreshCredentials(args: { credentials: any }): Promise<any> {
  return helper(args.credentials);
}
