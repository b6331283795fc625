import { storeContract } from './contract.js';
import { freshStore, KEYS_ARE_PATHS } from './s3_server.js';

storeContract('S3Store', () => freshStore(), { keysArePaths: KEYS_ARE_PATHS });
