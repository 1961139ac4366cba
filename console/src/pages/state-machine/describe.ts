import { aws } from '../../api/queries';

export interface StateMachine {
  stateMachineArn: string;
  name: string;
  status: 'ACTIVE' | 'DELETING';
  type: 'STANDARD' | 'EXPRESS';
  definition: string;
  roleArn: string;
  creationDate: number;
  revisionId?: string;
  label?: string;
  loggingConfiguration?: {
    level: string;
    includeExecutionData: boolean;
    destinations?: { cloudWatchLogsLogGroup?: { logGroupArn: string } }[];
  };
  tracingConfiguration?: { enabled: boolean };
  encryptionConfiguration?: { type: string; kmsKeyId?: string; kmsDataKeyReusePeriodSeconds?: number };
}

export const describeQuery = (stateMachineArn: string) =>
  aws<StateMachine>('stepfunctions', 'DescribeStateMachine', { stateMachineArn });
