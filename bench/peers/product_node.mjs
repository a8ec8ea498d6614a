// A peer: the pipeline as a careful programmer writes it on Node, with sqs-consumer in batches,
// the AWS SDK and Socket.IO.
//
// Each half is one UpdateItem in the staging table, whose answer shows whether the other half is
// there; the product is put only if absent, shown, and then the staging record is deleted.

import { createServer } from "node:http";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Server } from "socket.io";
import { Consumer } from "sqs-consumer";
import { CaptionParsed, ThumbnailGenerated } from "./product_events.mjs";

const environment = process.env;
const PRODUCTS = environment.DYNAMODB_PRODUCTS_TABLE;
const STAGING = environment.DYNAMODB_STAGING_TABLE;
const STAGED_SECONDS = 8 * 86_400;
const POLLERS_PER_QUEUE = 2;

const calls = new Map();
const arguments_ = { endpoint: environment.AWS_ENDPOINT_URL, region: environment.AWS_REGION };
const dynamodb = counted(
  new DynamoDBClient({
    ...arguments_,
    endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB ?? arguments_.endpoint,
  }),
);
const sqs = counted(new SQSClient(arguments_));

function counted(client) {
  const count = (next, context) => async (request) => {
    try {
      return await next(request);
    } finally {
      calls.set(context.commandName, (calls.get(context.commandName) ?? 0) + 1);
    }
  };
  client.middlewareStack.add(count, { step: "initialize" });
  return client;
}

const http = createServer((request, response) => {
  if (request.url !== "/metrics") return response.writeHead(404).end();
  const lines = [...calls].map(
    ([operation, count]) => `assembly_aws_calls_total{operation="${operation}"} ${count}\n`,
  );
  response.end(lines.join(""));
});
const products = new Server(http).of("/products");

products.on("connection", (socket) => {
  socket.on("subscribe_to_seller", ({ seller_handle }) => {
    socket.join(seller_handle);
    socket.emit("subscribed", { seller_handle, timestamp: new Date().toISOString() });
  });
});

function log(event, values) {
  const line = { event, level: "info", timestamp: new Date().toISOString(), ...values };
  process.stdout.write(JSON.stringify(line) + "\n");
}

async function handle(message, schema, attribute) {
  const half = schema.parse(JSON.parse(message.Body));
  const staged = await stage(half, attribute);
  const outcome = staged.caption_data && staged.thumbnail_data ? "assembled" : "staged";
  if (outcome === "assembled") await assemble(staged);
  const { seller_handle, video_id } = half;
  log("message_handled", { outcome, seller_handle, video_id, message_id: message.MessageId });
}

async function stage(half, attribute) {
  const now = new Date();
  const answer = await dynamodb.send(
    new UpdateItemCommand({
      TableName: STAGING,
      Key: marshall({ video_id: half.video_id, seller_handle: half.seller_handle }),
      UpdateExpression:
        `SET ${attribute} = :half, updated_at = :now, #ttl = :ttl, ` +
        "created_at = if_not_exists(created_at, :now)",
      ExpressionAttributeNames: { "#ttl": "ttl" },
      ExpressionAttributeValues: marshall(
        {
          ":half": half,
          ":now": now.toISOString(),
          ":ttl": Math.floor(now / 1000) + STAGED_SECONDS,
        },
        { removeUndefinedValues: true },
      ),
      ReturnValues: "ALL_NEW",
    }),
  );
  return unmarshall(answer.Attributes);
}

async function assemble({ caption_data, thumbnail_data }) {
  const { timestamp: caption_timestamp, ...caption } = caption_data;
  const { timestamp: thumbnail_timestamp, ...thumbnails } = thumbnail_data;
  const now = new Date().toISOString();
  const product = { ...caption, ...thumbnails, created_at: now, updated_at: now };
  await putIfAbsent({ ...product, caption_timestamp, thumbnail_timestamp });
  const event = { event_type: "new_product", product, timestamp: now };
  products.to(product.seller_handle).emit("new_product", event);
  const { seller_handle, video_id } = product;
  const Key = marshall({ video_id, seller_handle });
  await dynamodb.send(new DeleteItemCommand({ TableName: STAGING, Key }));
}

async function putIfAbsent(row) {
  try {
    await dynamodb.send(
      new PutItemCommand({
        TableName: PRODUCTS,
        Item: marshall(row),
        ConditionExpression: "attribute_not_exists(video_id)",
      }),
    );
  } catch (error) {
    // Somebody was here before, and may not have come as far as showing it.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

function consume(queueUrl, schema, attribute) {
  const consumer = Consumer.create({
    sqs,
    queueUrl,
    batchSize: 10,
    waitTimeSeconds: 5,
    visibilityTimeout: 60,
    messageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
    messageAttributeNames: ["All"],
    handleMessageBatch: async (messages) => {
      const done = await Promise.allSettled(
        messages.map((message) => handle(message, schema, attribute)),
      );
      for (const { reason } of done.filter(({ status }) => status === "rejected"))
        log("message_failed", { level: "error", reason: String(reason) });
      return messages.filter((_, number) => done[number].status === "fulfilled");
    },
  });
  consumer.on("error", (error) => log("receive_failed", { level: "error", reason: String(error) }));
  consumer.start();
}

http.listen(Number(environment.PORT), "127.0.0.1", () => {
  for (let number = 0; number < POLLERS_PER_QUEUE; number += 1) {
    consume(environment.SQS_CAPTION_ANALYSIS_QUEUE_URL, CaptionParsed, "caption_data");
    consume(environment.SQS_THUMBNAIL_GENERATION_QUEUE_URL, ThumbnailGenerated, "thumbnail_data");
  }
  log("service_started", { url: `http://127.0.0.1:${http.address().port}` });
});
