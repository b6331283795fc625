import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';

/**
 * The part of the Spark Connect protocol that running SELECTs needs: each message with its fields,
 * their types and numbers, which are those of Spark 4.x. Protobuf skips what is not listed.
 * Enumerations are their numbers.
 */
const MESSAGES = {
  UserContext: { user_id: 'string 1' },
  KeyValue: { key: 'string 1', value: 'string 2' },

  Plan: { root: 'Relation 1', command: 'Command 2' },
  Relation: {
    read: 'Read 2',
    project: 'Project 3',
    sql: 'Sql 10',
    repartition: 'Repartition 17',
    collect_metrics: 'CollectMetrics 29',
  },
  Read: { data_source: 'DataSource 2' },
  DataSource: {
    format: 'string 1',
    schema: 'string 2',
    options: 'map 3',
    paths: 'repeated string 4',
  },
  Project: { input: 'Relation 1', expressions: 'repeated Expression 3' },
  Sql: { query: 'string 1' },
  Repartition: { input: 'Relation 1', num_partitions: 'int32 2', shuffle: 'bool 3' },
  CollectMetrics: { input: 'Relation 1', name: 'string 2', metrics: 'repeated Expression 3' },
  Expression: { expression_string: 'ExpressionString 4' },
  ExpressionString: { expression: 'string 1' },

  Command: {
    write_operation: 'WriteOperation 2',
    create_dataframe_view: 'CreateView 3',
    sql_command: 'SqlCommand 5',
  },
  SqlCommand: { input: 'Relation 6' },
  CreateView: { input: 'Relation 1', name: 'string 2', replace: 'bool 4' },
  WriteOperation: {
    input: 'Relation 1',
    source: 'string 2',
    path: 'string 3',
    mode: 'int32 5',
    partitioning_columns: 'repeated string 7',
    options: 'map 9',
  },

  ExecutePlanRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    plan: 'Plan 3',
    client_type: 'string 4',
    request_options: 'repeated RequestOption 5',
    operation_id: 'string 6',
    client_observed_server_side_session_id: 'string 8',
  },
  RequestOption: { reattach_options: 'ReattachOptions 1' },
  ReattachOptions: { reattachable: 'bool 1' },
  ReattachExecuteRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    operation_id: 'string 3',
    client_type: 'string 4',
    last_response_id: 'string 5',
    client_observed_server_side_session_id: 'string 6',
  },
  ExecutePlanResponse: {
    observed_metrics: 'repeated ObservedMetrics 6',
    response_id: 'string 13',
    result_complete: 'Nothing 14',
    server_side_session_id: 'string 15',
    execution_progress: 'ExecutionProgress 18',
  },
  ExecutionProgress: { stages: 'repeated StageInfo 1' },
  StageInfo: { num_tasks: 'int64 2', num_completed_tasks: 'int64 3' },
  ObservedMetrics: { name: 'string 1', values: 'repeated Literal 2' },
  Literal: { long: 'int64 7' },
  Nothing: {},
  ReleaseExecuteRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    operation_id: 'string 3',
    client_type: 'string 4',
    release_all: 'Nothing 5',
  },
  ReleaseExecuteResponse: { server_side_session_id: 'string 3' },

  AnalyzePlanRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    client_type: 'string 3',
    explain: 'Explain 5',
    spark_version: 'Nothing 10',
  },
  Explain: { plan: 'Plan 1', explain_mode: 'int32 2' },
  AnalyzePlanResponse: { spark_version: 'SparkVersion 8', server_side_session_id: 'string 15' },
  SparkVersion: { version: 'string 1' },
  ConfigRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    operation: 'ConfigOperation 3',
    client_type: 'string 4',
  },
  ConfigOperation: { set: 'ConfigSet 1' },
  ConfigSet: { pairs: 'repeated KeyValue 1' },
  ConfigResponse: { server_side_session_id: 'string 4' },
  InterruptRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    client_type: 'string 3',
    interrupt_type: 'int32 4',
    operation_id: 'string 6',
  },
  InterruptResponse: { interrupted_ids: 'repeated string 2', server_side_session_id: 'string 3' },
  ReleaseSessionRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    client_type: 'string 3',
  },
  ReleaseSessionResponse: { server_side_session_id: 'string 2' },
  FetchErrorDetailsRequest: {
    session_id: 'string 1',
    user_context: 'UserContext 2',
    error_id: 'string 3',
    client_type: 'string 4',
  },
  FetchErrorDetailsResponse: {
    root_error_idx: 'int32 1',
    errors: 'repeated SparkError 2',
    server_side_session_id: 'string 3',
  },
  SparkError: { message: 'string 2', spark_throwable: 'SparkThrowable 5' },
  SparkThrowable: { error_class: 'string 1' },
};

/** The calls: what goes in and what comes back. */
const CALLS = {
  ExecutePlan: {
    requestType: 'ExecutePlanRequest',
    responseType: 'ExecutePlanResponse',
    responseStream: true,
  },
  ReattachExecute: {
    requestType: 'ReattachExecuteRequest',
    responseType: 'ExecutePlanResponse',
    responseStream: true,
  },
  AnalyzePlan: { requestType: 'AnalyzePlanRequest', responseType: 'AnalyzePlanResponse' },
  Config: { requestType: 'ConfigRequest', responseType: 'ConfigResponse' },
  Interrupt: { requestType: 'InterruptRequest', responseType: 'InterruptResponse' },
  ReleaseExecute: { requestType: 'ReleaseExecuteRequest', responseType: 'ReleaseExecuteResponse' },
  ReleaseSession: { requestType: 'ReleaseSessionRequest', responseType: 'ReleaseSessionResponse' },
  FetchErrorDetails: {
    requestType: 'FetchErrorDetailsRequest',
    responseType: 'FetchErrorDetailsResponse',
  },
};

/** What is sent beside an error, and names its class. */
const RPC = {
  Any: { type_url: 'string 1', value: 'bytes 2' },
  Status: { details: 'repeated Any 3' },
  ErrorInfo: { reason: 'string 1', metadata: 'map 3' },
};

/** The protocol, as grpc takes it. */
export function protocol(): PackageDefinition {
  const connect = { ...messages(MESSAGES), SparkConnectService: { methods: CALLS } };
  const google = { nested: { rpc: { nested: messages(RPC) } } };
  const all = { nested: { spark: { nested: { connect: { nested: connect } } }, google } };
  return fromJSON(all as Parameters<typeof fromJSON>[0], { keepCase: true, longs: Number });
}

function messages(all: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  return Object.fromEntries(
    Object.entries(all).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(
          Object.entries(fields).map(([field, spec]) => [field, fieldOf(spec)]),
        ),
      },
    ]),
  );
}

function fieldOf(spec: string) {
  const words = spec.split(' ');
  const id = Number(words.at(-1));
  if (words[0] === 'map') return { keyType: 'string', type: 'string', id };
  return words[0] === 'repeated'
    ? { rule: 'repeated', type: words[1] ?? '', id }
    : { type: words[0] ?? '', id };
}
