// A peer: puts items with the AWS SDK on Node, one after another, as often as the parent says.

import { createInterface } from "node:readline";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region } = process.env;
const dynamodb = new DynamoDBClient({ endpoint, region });

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { calls, item } = JSON.parse(line);
  let answer;
  for (let done = 0; done < calls; done++) {
    answer = await dynamodb.send(
      new PutItemCommand({ TableName: "products", Item: item, ReturnValues: "ALL_OLD" }),
    );
  }
  console.log(JSON.stringify({ answer: { Attributes: answer.Attributes } }));
}
