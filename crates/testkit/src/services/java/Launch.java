import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs main programs of old Java in a class loader of their own.
 *
 * Arguments: the class path (entries parted by ':', 'folder/*' for all its jars in order of
 * name), the main class, and its arguments. Hive 1 and 2 cast their class loader to
 * URLClassLoader, which the one of a newer Java is not. The property "spoof" replaces
 * java.version before anything reads it: DataNucleus 3 takes "17" for older than 1.3.
 *
 * With "--each" before the main class, that class is a Hadoop Tool, and its arguments are
 * several commands parted by ";;", run one after the other until one fails.
 */
public class Launch {
    public static void main(String[] words) throws Exception {
        if (System.getProperty("spoof") != null) {
            System.setProperty("java.version", System.getProperty("spoof"));
        }
        URLClassLoader loader =
            new URLClassLoader(classPath(words[0]), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(loader);
        if (words[1].equals("--each")) {
            System.exit(runEach(loader, words[2], Arrays.asList(words).subList(3, words.length)));
        }
        Class.forName(words[1], true, loader)
            .getMethod("main", String[].class)
            .invoke(null, (Object) Arrays.copyOfRange(words, 2, words.length));
    }

    private static URL[] classPath(String entries) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : entries.split(":")) {
            if (!entry.endsWith("/*")) {
                urls.add(new File(entry).toURI().toURL());
                continue;
            }
            File[] files = new File(entry.substring(0, entry.length() - 2)).listFiles();
            if (files == null) {
                throw new IllegalArgumentException("no such folder: " + entry);
            }
            Arrays.sort(files);
            for (File file : files) {
                if (file.getName().endsWith(".jar")) {
                    urls.add(file.toURI().toURL());
                }
            }
        }
        return urls.toArray(new URL[0]);
    }

    private static int runEach(ClassLoader loader, String name, List<String> words)
            throws Exception {
        Class<?> configuration = Class.forName("org.apache.hadoop.conf.Configuration", true, loader);
        Class<?> type = Class.forName(name, true, loader);
        Object tool = type.getConstructor().newInstance();
        type.getMethod("setConf", configuration)
            .invoke(tool, configuration.getConstructor().newInstance());
        List<String> command = new ArrayList<>();
        for (int at = 0; at <= words.size(); at++) {
            if (at < words.size() && !words.get(at).equals(";;")) {
                command.add(words.get(at));
                continue;
            }
            int code = (int) type.getMethod("run", String[].class)
                .invoke(tool, (Object) command.toArray(new String[0]));
            if (code != 0) {
                System.err.println("failed with " + code + ": " + String.join(" ", command));
                return code;
            }
            command.clear();
        }
        return 0;
    }
}
