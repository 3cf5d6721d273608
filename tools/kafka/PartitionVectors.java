// Where Kafka's own Java producer sends keys: `npx tsx tools/kafka/partition-vectors.ts` runs it and writes the vectors.

import java.util.HexFormat;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

public class PartitionVectors {
    /** Arguments: how many partitions, separated by commas, then keys in hex. A line for each key: murmur2 and the partitions. */
    public static void main(String[] args) {
        for (int i = 1; i < args.length; i++) {
            byte[] key = HexFormat.of().parseHex(args[i].substring(1));
            StringBuilder line = new StringBuilder().append(Utils.murmur2(key));
            for (String count : args[0].split(",")) {
                line.append(' ').append(BuiltInPartitioner.partitionForKey(key, Integer.parseInt(count)));
            }
            System.out.println(line);
        }
    }
}
