/**
 * What a store must be named like, where it is not; undefined: it is a folder, or
 * s3://bucket/prefix.
 */
export function wrongStore(store: string): string | undefined {
  const expected = 'expected a folder or s3://bucket/prefix';
  if (/^(s3[an]?|gs|az|abfss?|hdfs|file|https?):\/?(?!\/)/i.test(store))
    return `${expected} with two slashes after the colon (a folder of this name is ./${store})`;
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(store)?.[1]?.toLowerCase();
  if (scheme === 'file') return `${expected}: write the path of a file URL without the scheme`;
  return scheme === undefined || scheme === 's3'
    ? undefined
    : `${expected}, because ${scheme} is not supported`;
}

/**
 * How a store is reached. All but `store` concern object storage alone; null leaves it to the SDK,
 * the environment or the server.
 */
export interface StoreSettings {
  /** a folder, or s3://bucket/prefix */
  readonly store: string;
  readonly endpoint: string | null;
  readonly region: string | null;
  /**
   * whether the bucket is in the path and not in the host name; null: where an endpoint is set
   */
  readonly path_style: boolean | null;
  /** what the server checks uploads by: md5 is known to all, crc32 is the SDK's default */
  readonly checksums: 'md5' | 'crc32' | 'none';
  readonly sse: 'AES256' | 'aws:kms' | null;
  readonly kms_key: string | null;
  readonly storage_class: string | null;
  /** whether this account pays for the requests on a bucket of another */
  readonly request_payer: boolean;
}
