// A peer: lists products with the AWS SDK on Node's own server, compressed for who accepts it.

import { createServer } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

const { AWS_ENDPOINT_URL, AWS_REGION, DYNAMODB_PRODUCTS_TABLE, PORT } = process.env;
const dynamodb = new DynamoDBClient({ endpoint: AWS_ENDPOINT_URL, region: AWS_REGION });
const compress = promisify(gzip);

async function products(seller, limit) {
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: DYNAMODB_PRODUCTS_TABLE,
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: limit,
      KeyConditionExpression: "seller_handle = :seller",
      ExpressionAttributeValues: { ":seller": { S: seller } },
    }),
  );
  const found = Items.map((item) => {
    const { caption_timestamp, thumbnail_timestamp, ...shown } = unmarshall(item);
    return shown;
  });
  return JSON.stringify({ products: found, pagination: { count: found.length } });
}

const http = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const body = await products(url.pathname.split("/")[4], Number(url.searchParams.get("limit") ?? 20));
  response.setHeader("Content-Type", "application/json");
  if (/\bgzip\b/.test(request.headers["accept-encoding"] ?? "")) {
    const compressed = await compress(body);
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": compressed.length });
    response.end(compressed);
  } else {
    response.writeHead(200, { "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  }
});

http.listen(Number(PORT), "127.0.0.1", () => {
  const url = `http://127.0.0.1:${http.address().port}`;
  process.stdout.write(`${JSON.stringify({ event: "service_started", url })}\n`);
});
