// What `check` says of Kafka: every broker that is named, every one that the cluster names, and every topic.

import { type Config, type InputConfig, largestBatch, type NewTopic } from '../config/config.ts'
import { aclCommand } from '../kafka/denied.ts'
import {
  type BrokerProbe,
  type ProbeSettings,
  probeBrokers,
  probeCheckpoint,
  probeTopics,
  type TopicProbe,
} from '../kafka/probe.ts'
import { PannierError } from '../support/errors.ts'
import { checkSecurity } from './check-security.ts'
import type { Topics } from './check-topics.ts'
import { count, type Finding, fail, ok, warn } from './finding.ts'

/** With one topic for each file there may be thousands. */
const TOPICS_AT_MOST = 20

export async function checkKafka(config: Config, topics: Topics): Promise<Finding[]> {
  const { kafka } = config
  const named = await probeBrokers(kafka, kafka.brokers)
  const reached = named.filter(({ fault }) => fault === null)
  const brokers = [...checkSecurity(kafka.security), ...named.map((probe) => aboutBroker(probe, reached.length > 0))]
  if (reached.length === 0) return [...brokers, ...[...topics.keys()].slice(0, 1).map(unasked)]
  const others = new Set(reached.flatMap(({ advertised }) => advertised))
  for (const address of kafka.brokers) others.delete(address)
  const asked = [...topics.keys()].slice(0, TOPICS_AT_MOST)
  const settings = { ...kafka, brokers: reached.map(({ address }) => address) }
  const [further, answers] = await Promise.all([probeBrokers(kafka, [...others]), probeTopics(settings, asked)])
  const found = answers.flatMap((probe) => aboutTopic(probe, topics.get(probe.topic) ?? [], config))
  const rest = [...(await aboutCheckpoint(config, settings)), ...notAsked(topics.size - asked.length)]
  return [...brokers, ...further.flatMap(aboutAdvertised), ...found, ...rest]
}

async function aboutCheckpoint({ kafka }: Config, settings: ProbeSettings): Promise<Finding[]> {
  if (kafka.delivery !== 'exactly_once') return []
  const name = `checkpoint topic "${kafka.checkpointTopic}" of transactional id ${kafka.transactionalId}`
  const found = await probeCheckpoint(settings, kafka.checkpointTopic)
  if (found instanceof PannierError) return [fail(found.message, found.hint)]
  return [found ? ok(`${name}: exists, compacted`) : warn(`${name}: does not exist; it will be created`)]
}

function aboutBroker({ address, fault, advertised }: BrokerProbe, othersAnswer: boolean): Finding {
  if (fault === null) return ok(`broker ${address}: answers, one of ${count(advertised.length, 'broker')}`)
  const text = `broker ${address}: ${fault.reason}`
  return othersAnswer ? warn(`${text}; the agent gets along with the others`, fault.hint) : fail(text, fault.hint)
}

/** A broker is reached by the name that it gives itself: what works for the first question may fail for all others. */
function aboutAdvertised({ address, fault }: BrokerProbe): Finding[] {
  if (fault === null) return []
  const hint = "make the broker's advertised.listeners a name and port that can be reached from here"
  return [fail(`broker ${address}, as the cluster calls it: ${fault.reason}`, hint)]
}

const unasked = (topic: string): Finding => warn(`topic "${topic}": not asked, since no broker answers`)

function notAsked(topics: number): Finding[] {
  return topics > 0 ? [warn(`${count(topics, 'more topic')} not asked`)] : []
}

function creation({ partitions, replication, configs }: NewTopic): string {
  const told = [
    partitions === null ? '' : count(partitions, 'partition'),
    replication === null ? '' : count(replication, 'replica'),
    ...Object.entries(configs).map(([name, value]) => `${name}=${value}`),
  ].filter((part) => part !== '')
  return told.length === 0 ? "the broker's own defaults" : told.join(', ')
}

function aboutTopic(probe: TopicProbe, inputs: readonly InputConfig[], config: Config): Finding[] {
  const { topic, facts, fault, leaderless } = probe
  if (fault?.code === 'TOPIC_MISSING' && config.kafka.createTopic) {
    return [warn(`${fault.message}; it will be created with ${creation(config.kafka.newTopic)} (create_topic = yes)`)]
  }
  if (facts === null) return [fail(fault?.message ?? `topic "${topic}": nothing is known of it`, fault?.hint ?? null)]
  const dead = `${count(leaderless.length, 'partition')} without a leader (${leaderless.join(', ')})`
  return [
    ok(`topic "${topic}": exists, ${count(facts.partitions, 'partition')}, not compacted`),
    ...(leaderless.length > 0
      ? [fail(`topic "${topic}": ${dead}, nothing can be written there`, 'start the brokers that hold them')]
      : []),
    ...aboutLength(probe, facts.maxMessageBytes, inputs, largestBatch(config)),
    aboutRight(probe),
  ]
}

function aboutLength(
  { topic, principal }: TopicProbe,
  limit: number | null,
  inputs: readonly InputConfig[],
  most: number,
): Finding[] {
  const lengths = new Set(inputs.map(({ message }) => message.maxMessageLength))
  if (limit === null) {
    const hint = `allow it: ${aclCommand(topic, 'DescribeConfigs', principal)}`
    return [
      warn(
        `topic "${topic}": max.message.bytes and cleanup.policy may not be asked; Kafka's default 1048588 is assumed`,
        hint,
      ),
    ]
  }
  return [...lengths].map((length) => {
    if (length === 'auto')
      return ok(`topic "${topic}": messages of up to ${Math.min(limit, most)} bytes (max_message_length = auto)`)
    if (length <= limit) return ok(`topic "${topic}": takes messages of max_message_length = ${length} bytes`)
    const hint = `set max_message_length = auto or at most ${limit}, or: kafka-configs.sh --alter --topic ${topic} --add-config max.message.bytes=${length}`
    return fail(`topic "${topic}": max_message_length = ${length} is more than its max.message.bytes = ${limit}`, hint)
  })
}

function aboutRight({ topic, mayWrite, principal }: TopicProbe): Finding {
  if (mayWrite === true) return ok(`topic "${topic}": ${principal} may write`)
  if (mayWrite === null)
    return warn(`topic "${topic}": whether ${principal} may write the broker does not say; the first message will tell`)
  return fail(
    `topic "${topic}": ${principal} may not write (operation Write)`,
    `allow it: ${aclCommand(topic, 'Write', principal)}`,
  )
}
