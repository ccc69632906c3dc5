package org.apache.hadoop.io;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Takes the place of Hadoop's class of this name where Kerberos is on: that one insists on a
 * native library to check who owns the local files of a job, and no jar holds the library.
 * Here, nobody but the test writes those files, and they are opened without a check.
 */
public class SecureIOUtils {
    public static RandomAccessFile openForRandomRead(
            File file, String mode, String owner, String group) throws IOException {
        return new RandomAccessFile(file, mode);
    }

    public static FSDataInputStream openFSDataInputStream(File file, String owner, String group)
            throws IOException {
        Path path = new Path(file.getAbsolutePath());
        return FileSystem.getLocal(new Configuration()).getRaw().open(path);
    }

    public static FileInputStream openForRead(File file, String owner, String group)
            throws IOException {
        return new FileInputStream(file);
    }

    public static FileOutputStream createForWrite(File file, int permissions)
            throws IOException {
        try {
            Files.createFile(file.toPath());
        } catch (FileAlreadyExistsException error) {
            throw new AlreadyExistsException(error);
        }
        return new FileOutputStream(file);
    }

    public static class AlreadyExistsException extends IOException {
        private static final long serialVersionUID = 1L;

        public AlreadyExistsException(Throwable cause) {
            super(cause);
        }
    }
}
